import { type Client, WorkflowExecutionAlreadyStartedError, WorkflowIdConflictPolicy } from '@temporalio/client';
import { describe, HistoryGoneError } from '../history/index.js';
import { chunk, MAX_BATCH } from '../rollout/batch.js';
import { listNames } from '../rollout/bounds.js';
import { DEFAULT_TASK_QUEUE } from '../rollout/queues.js';
import { nameOfUndo, type RollbackInput, type RolloutRef } from '../rollout/rollback.js';
import { cutSummary } from '../rollout/summary.js';
import { type UndoFile, verifyUpload } from '../rollout/undo-file.js';
import type { TargetsMessage } from '../workflows/index.js';
import { EditedFileError, RolloutAlreadyRunningError } from './errors.js';
import { RolloutHandle } from './rollout-handle.js';

/** How changes are taken back, where it is not to be as the spec of the rollout says. */
export interface RollbackOptions extends Pick<RollbackInput, 'only' | 'keepTokens' | 'concurrency' | 'wait'> {
  /** Default: `<workflow ID of the rollout>/rollback/<first 8 of its run ID>`. */
  readonly workflowId?: string;
  /** Default: that of the rollout. */
  readonly taskQueue?: string;
}

/** The same, of a rollout whose history is gone. */
export interface RollbackFromOptions extends RollbackOptions {
  /** Carries out an undo file that was edited since it was written. Default: false. */
  readonly allowEdited?: boolean;
}

/** @see RolloutClient.rollback */
export async function startRollback(
  client: Client,
  rollouts: readonly RolloutRef[],
  { workflowId, taskQueue, ...wanted }: RollbackOptions,
): Promise<RolloutHandle> {
  const refs: RolloutRef[] = [];
  let queue: string | undefined;
  for (const ref of rollouts) {
    const found = await describe(client, ref.workflowId, ref.runId);
    if (found === undefined) throw new HistoryGoneError(ref.workflowId, ref.runId);
    queue ??= found.taskQueue;
    // Named by its run, so that a rollout of the same ID that is started meanwhile isn't the one that is taken back.
    refs.push({ workflowId: ref.workflowId, runId: found.runId });
  }
  const [first] = refs;
  if (first === undefined) throw new TypeError('Name at least one rollout to take back.');
  const id = workflowId ?? rollbackId(first);
  return start(client, id, taskQueue ?? queue ?? DEFAULT_TASK_QUEUE, { rollouts: refs, ...wanted });
}

/** @see RolloutClient.rollbackFrom */
export async function startRollbackFrom(
  client: Client,
  { entries, ...file }: UndoFile,
  options: RollbackFromOptions,
): Promise<RolloutHandle> {
  const { rollout } = file;
  const { workflowId = rollbackId(rollout), taskQueue = rollout.taskQueue, allowEdited = false, ...wanted } = options;
  const check = verifyUpload(file, entries);
  if (!check.isIntact && !allowEdited) throw new EditedFileError(rollout.workflowId, check);
  const upload = { targets: entries.length, file, ...(allowEdited && { allowEdited }) };
  const handle = await start(client, workflowId, taskQueue ?? DEFAULT_TASK_QUEUE, { upload, ...wanted });
  const workflow = client.workflow.getHandle(workflowId, handle.runId);
  for (const [index, part] of chunk(entries, MAX_BATCH).entries()) {
    await workflow.executeUpdate<number, [TargetsMessage]>('addTargets', { args: [{ index, entries: part }] });
  }
  return handle;
}

/** @example rollbackId({ workflowId: 'imds-rollout-prod', runId: '0198…' }) // 'imds-rollout-prod/rollback/0198abcd' */
export function rollbackId({ workflowId, runId = 'latest' }: RolloutRef): string {
  return `${workflowId}/rollback/${runId.slice(0, 8)}`;
}

/** @example describeInput({ rollouts: [{ workflowId: 'imds-rollout-prod' }], only: ['web-7'] }) // 'imds-rollout-prod, only web-7' */
function describeInput({ rollouts = [], upload, only }: RollbackInput): string {
  const what = upload === undefined ? rollouts.map(({ workflowId }) => workflowId).join(', ') : nameOfUndo(upload.file);
  return only === undefined ? what : `${what}, only ${listNames(only)}`;
}

async function start(
  client: Client,
  workflowId: string,
  taskQueue: string,
  input: RollbackInput,
): Promise<RolloutHandle> {
  const previous = await describe(client, workflowId);
  try {
    const handle = await client.workflow.start('imdsRollback', {
      workflowId,
      taskQueue,
      args: [{ ...input, ...(previous?.type === 'imdsRollback' && { previous: previous.runId }) }],
      workflowIdConflictPolicy: WorkflowIdConflictPolicy.FAIL,
      staticSummary: cutSummary(`takes back ${describeInput(input)}`),
    });
    return new RolloutHandle(client, workflowId, handle.firstExecutionRunId);
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) throw new RolloutAlreadyRunningError(workflowId);
    throw error;
  }
}
