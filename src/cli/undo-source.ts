import { readFile } from 'node:fs/promises';
import { NothingToRollBackError, type RolloutHandle, rollbackId, type UndoEntry } from '../client/index.js';
import type { RollbackOptions } from '../client/rollback.js';
import { DEFAULT_TASK_QUEUE } from '../rollout/queues.js';
import { countOf } from '../rollout/status.js';
import { parseUndoFile } from '../rollout/undo-file.js';
import { CliError, reasonOf } from './errors.js';
import { type FoundRollout, findRollout } from './find-rollout.js';
import type { ConnectionFlags } from './flags.js';
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

/** @throws CliError `BadInput` */
export async function readUndoSource(session: Session, path: string): Promise<UndoSource> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new CliError(
      'BadInput',
      `${path} can't be read (${reasonOf(error)}): give the name of an undo file or a JSON report.`,
    );
  });
  const check = parseUndoFile(parseJson(path, text));
  if (!check.ok) {
    const [first] = check.problems;
    const more = check.problems.length - 1;
    const also = more > 0 ? ` (and ${countOf(more, 'other problem')})` : '';
    throw new CliError('BadInput', `${path} is no undo file or JSON report: ${first?.path}: ${first?.message}${also}`);
  }
  const { file } = check;
  return {
    title: `${file.rollout.workflowId} (run ${file.rollout.runId.slice(0, 8)}), as kept at ${file.writtenAt}`,
    entries: file.entries,
    keepTokens: file.restore.keepTokens,
    taskQueue: file.rollout.taskQueue ?? DEFAULT_TASK_QUEUE,
    rollbackId: rollbackId(file.rollout),
    warnings: [],
    start: (options) => session.rollouts.rollbackFrom(file, options),
  };
}

function parseJson(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new CliError('BadInput', `${path} isn't JSON, so it is no undo file or JSON report (${reasonOf(error)}).`);
  }
}
