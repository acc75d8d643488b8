import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import {
  CancellationScope,
  ChildWorkflowCancellationType,
  getExternalWorkflowHandle,
  ParentClosePolicy,
  sleep,
  startChild,
  workflowInfo,
} from '@temporalio/workflow';
import { type ApplyBatch, type BatchResult, firstInFlight, type RestoreBatch } from '../rollout/batch.js';
import { messageOf } from '../rollout/error-message.js';
import { reportsLeft } from '../rollout/message-limits.js';
import { packBatch, unpackBatchResult } from '../rollout/pack-batch.js';
import { countOf } from '../rollout/status.js';
import { HEARTBEAT_TIMEOUT } from './activity-options.js';
import type { imdsRolloutBatch } from './batch.js';
import { holdSignal } from './messages.js';
import { tellBatch } from './orders.js';
import type { RunState } from './run-state.js';
import { stopStray } from './stray-batch.js';

/** What there is to say of a target whose batch came to no result. */
export const BATCH_ENDED = 'its batch was ended from outside';

/** What its caller decides of a batch. */
export type BatchWork = Omit<ApplyBatch, 'run' | 'reports'> | Omit<RestoreBatch, 'run' | 'reports'>;

/** Runs one batch as a child; undefined where it came to no result. */
export async function runBatch(
  state: RunState,
  stage: number | undefined,
  path: string,
  work: BatchWork,
): Promise<BatchResult | undefined> {
  const { workflowId, originalExecutionRunId: run } = workflowInfo();
  const batchId = `${workflowId}/${run.slice(0, 8)}/${path}`;
  const input = { ...work, run, reports: reportsLeft(state.received.signals) };
  state.isStartingBatch = true;
  try {
    const handle = await startChild<typeof imdsRolloutBatch>('imdsRolloutBatch', {
      workflowId: batchId,
      args: [packBatch(input)],
      // If this run is terminated, its batch is asked to stop, finishes what it began, and says so in its own history.
      parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
      cancellationType: ChildWorkflowCancellationType.WAIT_CANCELLATION_COMPLETED,
      staticSummary: `${path}: ${countOf(input.targets.length, 'target')}`,
    });
    const result = handle.result().finally(() => {
      state.batch = undefined;
      state.restoring = undefined;
    });
    if (input.mode === 'restore') {
      const { targets } = input;
      // Also where a cancellation of the run is the reason.
      const restoring = getExternalWorkflowHandle(batchId);
      let isStopped = false;
      const stop = async () => {
        if (isStopped) return;
        isStopped = true;
        const order = { run, number: 1, mode: 'stop' } as const;
        await CancellationScope.nonCancellable(() => restoring.signal(holdSignal, order)).catch(() => undefined);
      };
      state.restoring = { workflowId: batchId, targets, handle: restoring, refusals: 0, accepted: 0, stop };
      // An abort may have come while it was being started.
      if (state.isLeft) void stop();
    }
    if (stage !== undefined && input.mode === 'apply') {
      // Signalled as any other workflow: after a reset this run isn't its parent any more, though it waits for it. By its
      // ID alone, since a batch that is reset goes on under another run ID.
      state.batch = {
        handle: getExternalWorkflowHandle(batchId),
        path,
        stage,
        arns: new Set(input.targets.map(({ arn }) => arn)),
        sent: undefined,
        inForce: input.hold,
        isAsked: false,
        refusals: 0,
      };
      state.recordProgress(stage, { batch: batchId, seq: 0, counts: {}, failed: 0, inFlight: firstInFlight(input) });
      // A message may have come while the batch was being started, with the hold that was in force before.
      void tellBatch(state);
    }
    state.isStartingBatch = false;
    return unpackBatchResult(await result);
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) {
      await stopStray(batchId, run);
      const reason = `the run was reset while its batch ${path} was open: that batch finishes what it began, then start again`;
      state.halt({ reason, restore: false, adrift: true });
      return undefined;
    }
    const reason = `batch ${path} was ended from outside (${messageOf(error)})`;
    state.halt({ reason, restore: state.stop?.restore ?? false });
    // Its activities notice at their next heartbeat that they are alone.
    await sleep(HEARTBEAT_TIMEOUT, { summary: 'lets the lost batch drain' });
    return undefined;
  } finally {
    state.isStartingBatch = false;
  }
}
