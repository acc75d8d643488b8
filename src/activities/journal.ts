import { mkdir, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ApplicationFailure, Context } from '@temporalio/activity';
import { readUndoFile } from '../history/index.js';
import type { UndoFile } from '../rollout/undo-file.js';

/**
 * What `lightsailImdsWriteJournal` is given.
 *
 * @internal
 */
export interface JournalInput {
  readonly workflowId: string;
  readonly runId: string;
}

/**
 * What it has kept.
 *
 * @internal
 */
export interface Journaled {
  /** Targets that the file would take back. */
  readonly targets: number;
}

/**
 * Keeps what takes the rollout back once its history is gone: a file for each run, always the newest, read from the
 * history itself, so that nothing of it has to go through another payload.
 *
 * @param folder - where the worker keeps undo files; without one, nothing is written
 */
export function createJournal(folder: string | undefined) {
  return async function lightsailImdsWriteJournal({ workflowId, runId }: JournalInput): Promise<Journaled> {
    if (folder === undefined) {
      throw ApplicationFailure.nonRetryable('this worker keeps no journal, though another one does', 'NoJournal');
    }
    const file = await readUndoFile(Context.current().client, { workflowId, runId });
    await writeUndoFile(join(folder, undoFileName({ workflowId, runId })), file);
    return { targets: file.entries.length };
  };
}

/** @example undoFileName({ workflowId: 'imds-rollout-prod', runId: '0198abcd-…' }) // 'imds-rollout-prod.0198abcd.undo.json' */
export function undoFileName({ workflowId, runId }: JournalInput): string {
  // Anybody who may start a workflow chooses its ID: it must not choose the folder too.
  const safe = workflowId.replaceAll(/[^A-Za-z0-9_-]/g, '_').slice(0, 150);
  return `${safe}.${runId.slice(0, 8)}.undo.json`;
}

/** Whoever reads the file finds the one before or this one, whole: also when the machine stops meanwhile. */
async function writeUndoFile(path: string, file: UndoFile): Promise<void> {
  await mkdir(join(path, '..'), { recursive: true, mode: 0o700 });
  const draft = `${path}.${process.pid}.${Date.now()}.tmp`;
  try {
    const handle = await open(draft, 'wx', 0o600);
    try {
      await handle.writeFile(`${JSON.stringify(file)}\n`);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}
