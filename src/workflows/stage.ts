import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import {
  ChildWorkflowCancellationType,
  getExternalWorkflowHandle,
  ParentClosePolicy,
  sleep,
  startChild,
  workflowInfo,
} from '@temporalio/workflow';
import { type BatchInput, type BatchResult, chunk, countKinds, LAST_ORDER, MAX_BATCH } from '../rollout/batch.js';
import { failuresLeft } from '../rollout/budget.js';
import type { Ledger } from '../rollout/ledger.js';
import type { RestoreResult, TargetResult } from '../rollout/outcome.js';
import type { PlannedStage } from '../rollout/plan.js';
import type { RolloutSpec } from '../rollout/spec.js';
import { RESTORE_STAGE } from '../rollout/spec-schema.js';
import { countOf } from '../rollout/status.js';
import type { Target } from '../rollout/target.js';
import { HEARTBEAT_TIMEOUT } from './activity-options.js';
import type { imdsRolloutBatch } from './batch.js';
import { tellBatch } from './handlers.js';
import { waitForLook, waitUntilOpen } from './holds.js';
import { lookBefore } from './judge.js';
import { holdSignal } from './messages.js';
import { countOutcomes, countReverts } from './metrics.js';
import type { Run } from './run.js';
import type { RunState } from './run-state.js';

/** Applies a stage, batch after batch, until it is done or the rollout has to stop. */
export async function applyStage(run: Run, index: number, stage: PlannedStage): Promise<void> {
  const { state, spec, ledger, watch, reverts } = run;
  for (const [n, planned] of chunk(stage.targets, MAX_BATCH).entries()) {
    await waitUntilOpen(state);
    if (state.stop !== undefined) return;
    state.enter('applying');
    const members = planned.map((target) => ({ stage: stage.name, target }));
    const look = lookBefore(run, index, members);
    await waitForLook(state, look);
    const targets = await look;
    await waitUntilOpen(state);
    if (state.stop !== undefined) return;
    if (targets.length === 0) continue;
    watch.add(members.filter(({ target }) => targets.includes(target)));
    const result = await runBatch(state, index, `${stage.name}/${n + 1}`, {
      mode: 'apply',
      targets,
      concurrency: { total: stage.concurrency, perScope: spec.concurrency.perScope },
      settings: spec.apply,
      keepTokens: spec.rollback.keepTokens,
      failuresLeft: stageFailuresLeft(spec, ledger, index),
      revertFailed: spec.failure.revert !== 'none',
      hold: { number: 0, ...state.hold },
    });
    const results = result?.mode === 'apply' ? result.results : targets.map(() => LOST);
    ledger.recordBatch(index, targets, results);
    countOutcomes(countKinds(results.map(({ outcome }) => outcome.kind)));
    countRestores(results.map(({ restore }) => restore));
    reverts.takeOver();
    if (result?.mode === 'apply' && result.results.some(isNotStarted) && state.stop === undefined) {
      state.halt({ reason: `batch ${stage.name}/${n + 1} was cancelled from outside`, restore: false });
    }
    state.show();
  }
  ledger.finishStage(index);
}

/** Takes these targets back, in this order. Nothing holds it. */
export async function restoreTargets({ state, spec, ledger }: Run, all: readonly Target[]): Promise<void> {
  state.enter('reverting');
  if (state.paused !== undefined) {
    state.paused = undefined;
    state.note('resume', { reason: 'a pause does not hold the way back' });
  }
  for (const [n, targets] of chunk(all, MAX_BATCH).entries()) {
    const result = await runBatch(state, undefined, `${RESTORE_STAGE}/${n + 1}`, {
      mode: 'restore',
      targets,
      concurrency: { total: spec.rollback.concurrency, perScope: spec.concurrency.perScope },
      settings: spec.apply,
      keepTokens: spec.rollback.keepTokens,
    });
    const results = result?.mode === 'restore' ? result.results : [];
    countRestores(results);
    targets.forEach((target, i) => {
      ledger.amend(target.arn, {
        restore: results[i] ?? { outcome: { kind: 'restore-failed' }, detail: BATCH_ENDED },
      });
    });
    state.show();
  }
}

function countRestores(results: readonly (RestoreResult | undefined)[]): void {
  for (const result of results) if (result !== undefined) countReverts(result.outcome.kind, 1);
}

const BATCH_ENDED = 'its batch was ended from outside';

/** A batch that was ended from outside says nothing of its targets: any of them may have been changed. */
const LOST: TargetResult = {
  outcome: { kind: 'failed', reason: 'unexpected' },
  detail: BATCH_ENDED,
  wrote: true,
};

function isNotStarted({ outcome }: TargetResult): boolean {
  return outcome.kind === 'skipped' && outcome.reason === 'not-started';
}

function stageFailuresLeft(spec: RolloutSpec, ledger: Ledger, index: number): number {
  const tallies = ledger.tallies();
  const tally = tallies[index];
  const failedInRun = tallies.reduce((sum, { failed }) => sum + failed, 0);
  return tally === undefined ? 0 : failuresLeft(spec.failure, tally, failedInRun);
}

/** Runs one batch as a child; undefined where it came to no result. */
async function runBatch(
  state: RunState,
  stage: number | undefined,
  path: string,
  input: BatchInput,
): Promise<BatchResult | undefined> {
  const { workflowId, originalExecutionRunId } = workflowInfo();
  const batchId = `${workflowId}/${originalExecutionRunId.slice(0, 8)}/${path}`;
  state.isStartingBatch = true;
  try {
    const handle = await startChild<typeof imdsRolloutBatch>('imdsRolloutBatch', {
      workflowId: batchId,
      args: [input],
      // If this run is terminated, its batch is asked to stop, finishes what it began, and says so in its own history.
      parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
      cancellationType: ChildWorkflowCancellationType.WAIT_CANCELLATION_COMPLETED,
      staticSummary: `${path}: ${countOf(input.targets.length, 'target')}`,
    });
    const result = handle.result().finally(() => {
      state.batch = undefined;
    });
    if (stage !== undefined && input.mode === 'apply') {
      // Signalled as any other workflow: after a reset this run isn't its parent any more, though it waits for it.
      const { workflowId, firstExecutionRunId } = handle;
      state.batch = {
        handle: getExternalWorkflowHandle(workflowId, firstExecutionRunId),
        stage,
        arns: new Set(input.targets.map(({ arn }) => arn)),
        told: input.hold,
        inForce: input.hold.number,
      };
      // A message may have come while the batch was being started, with the hold that was in force before.
      void tellBatch(state);
    }
    state.isStartingBatch = false;
    return await result;
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) {
      // It belongs to the run before the reset, and takes orders from anybody: it stops, and finishes what it began.
      await getExternalWorkflowHandle(batchId)
        .signal(holdSignal, LAST_ORDER)
        .catch(() => undefined);
      const reason = `the run was reset while its batch ${path} was open: that batch finishes what it began, then start again`;
      state.halt({ reason, restore: false, adrift: true });
      return undefined;
    }
    const reason = `batch ${path} was ended from outside (${error instanceof Error ? error.message : String(error)})`;
    state.halt({ reason, restore: state.stop?.restore ?? false });
    // Its activities notice at their next heartbeat that they are alone.
    await sleep(HEARTBEAT_TIMEOUT, { summary: 'lets the lost batch drain' });
    return undefined;
  } finally {
    state.isStartingBatch = false;
  }
}
