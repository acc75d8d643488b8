import { NothingToRollBackError, type RolloutHandle, rollbackId, type UndoEntry } from '../client/index.js';
import type { RollbackOptions } from '../client/rollback.js';
import { REPORT_FORMAT } from '../history/report/report.js';
import { DEFAULT_TASK_QUEUE } from '../rollout/queues.js';
import { countOf } from '../rollout/status.js';
import { parseUndoFile, UNDO_FORMAT, type UndoFile } from '../rollout/undo-file.js';
import { describeEdited } from './edited-undo.js';
import { CliError } from './errors.js';
import { type FoundRollout, findRollout } from './find-rollout.js';
import type { ConnectionFlags } from './flags.js';
import { readKeptFile, requireIntact } from './kept-file.js';
import { commandLine } from './next-command.js';
import type { Session } from './temporal.js';

/** What a rollback takes back, and how it is started. */
export interface UndoSource {
  /** For a person. */
  readonly title: string;
  readonly entries: readonly UndoEntry[];
  /** What the spec says of them. */
  readonly keepTokens: boolean;
  readonly taskQueue: string;
  /** Workflow ID of the rollback. */
  readonly rollbackId: string;
  readonly warnings: readonly string[];
  /** Where it is a file that was edited. */
  readonly edited?: EditedUndo;
  readonly start: (options: RollbackOptions) => Promise<RolloutHandle>;
}

/** Reading the histories of a large rollout takes a while. */
const READ_TIMEOUT = 300_000;

/** @throws CliError `HistoryGone`, `NothingToRollBack`, `RolloutOpen` */
export async function readHistories(
  session: Session,
  ids: readonly string[],
  flags: ConnectionFlags & { readonly runId?: string },
): Promise<UndoSource> {
  const found: FoundRollout[] = [];
  for (const id of ids) found.push(await requireEnded(session, id, flags));
  const refs = found.map(({ workflowId, runId }) => ({ workflowId, runId }));
  const { rollouts, entries } = await session.within(READ_TIMEOUT, () => session.rollouts.readUndo(refs));
  return {
    title: found.map(({ workflowId, runId }) => `${workflowId} (run ${runId.slice(0, 8)})`).join(', '),
    entries,
    keepTokens: rollouts[0]?.spec?.rollback.keepTokens ?? false,
    taskQueue: found[0]?.taskQueue ?? DEFAULT_TASK_QUEUE,
    rollbackId: refs[0] === undefined ? '' : rollbackId(refs[0]),
    warnings: rollouts.flatMap(({ workflowId, gone }) =>
      gone.length === 0
        ? []
        : [
            `The history of ${countOf(gone.length, 'earlier run')} of ${workflowId} is gone: what only they changed is not known.`,
          ],
    ),
    start: (options) => session.rollouts.rollback(refs, options),
  };
}

async function requireEnded(
  session: Session,
  id: string,
  flags: ConnectionFlags & { readonly runId?: string },
): Promise<FoundRollout> {
  const found = await findRollout(session, id, flags.runId).catch((cause: unknown) => {
    if (!(cause instanceof CliError && cause.type === 'RolloutNotFound')) throw cause;
    const file = "an undo file of the worker's journal or a JSON report";
    throw new CliError(
      'HistoryGone',
      `${cause.message} Its history may be gone: rollback --from FILE takes it back from ${file}.`,
      { cause },
    );
  });
  if (found.kind === 'rollback') throw new NothingToRollBackError(found.workflowId, 'imdsRollback');
  if (!found.isOpen) return found;
  const abort = commandLine('abort', found.workflowId, flags, '--rollback');
  throw new CliError('RolloutOpen', `Rollout ${found.workflowId} is still open. To take it back now:\n  ${abort}`);
}

/** An undo file that was read, of a journal or in a JSON report. */
export interface KeptUndo {
  readonly file: UndoFile;
  readonly edited?: EditedUndo;
}

/** What is known of a file that was edited, and that is accepted all the same. */
export interface EditedUndo {
  /** For a person: every difference that can be told. */
  readonly lines: readonly string[];
  /** The checksum of its content. */
  readonly actual: string;
  /** `--allow-edited` has named that checksum: exactly this content is accepted. */
  readonly isNamed: boolean;
}

const REMEDY = "Give an undo file of the worker's journal or a JSON report (report -o FILE.json).";

/**
 * Reads the file of `rollback --from`.
 *
 * @param allowEdited - true, or the checksum of the content that is accepted
 * @throws CliError `BadInput`, `EditedFile`
 */
export async function readKeptUndo(path: string, allowEdited: string | boolean = false): Promise<KeptUndo> {
  const kept = await readKeptFile(path, [UNDO_FORMAT, REPORT_FORMAT], REMEDY);
  const { isIntact, actual } = kept.checksum;
  if (allowEdited === false) {
    requireIntact(
      kept,
      'Nothing was started. Take the file as it was written. To see what was edited: add --dry-run --allow-edited.',
    );
  }
  if (typeof allowEdited === 'string' && !isIntact && allowEdited !== actual) {
    throw new CliError(
      'EditedFile',
      `--allow-edited accepts ${allowEdited}, and the content of ${path} gives ${actual}. Nothing was started. See first what it does: --dry-run --allow-edited.`,
    );
  }
  const check = parseUndoFile(kept.content, { allowEdited: !isIntact });
  if (!check.ok) {
    const [first] = check.problems;
    const more = check.problems.length - 1;
    const also = more > 0 ? ` (and ${countOf(more, 'other problem')})` : '';
    throw new CliError(
      'BadInput',
      `${path} is no valid undo file: ${first?.path}: ${first?.message}${also}. ${REMEDY}`,
    );
  }
  const { file } = check;
  if (isIntact) return { file };
  return { file, edited: { lines: describeEdited(kept, file), actual, isNamed: allowEdited === actual } };
}

/** A rollback of what a file has kept. */
export function undoSourceOf(session: Session, { file, edited }: KeptUndo): UndoSource {
  return {
    title: `${file.rollout.workflowId} (run ${file.rollout.runId.slice(0, 8)}), as kept at ${file.writtenAt}`,
    entries: file.entries,
    keepTokens: file.restore.keepTokens,
    taskQueue: file.rollout.taskQueue ?? DEFAULT_TASK_QUEUE,
    rollbackId: rollbackId(file.rollout),
    warnings: edited?.lines ?? [],
    ...(edited !== undefined && { edited }),
    start: (options) =>
      session.rollouts.rollbackFrom(file, { ...options, ...(edited !== undefined && { allowEdited: true }) }),
  };
}
