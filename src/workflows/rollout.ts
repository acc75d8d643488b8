import { allHandlersFinished, CancellationScope, condition, workflowInfo } from '@temporalio/workflow';
import { countKinds } from '../rollout/batch.js';
import { fullHistory } from '../rollout/history-guard.js';
import { countTargets } from '../rollout/plan.js';
import { countOf, type RolloutResult } from '../rollout/status.js';
import { controlActivities } from './activity-options.js';
import { now } from './clock.js';
import { closing, conclude } from './ending.js';
import { followCalendar } from './follow-calendar.js';
import { registerHandlers } from './handlers.js';
import { bake, waitForApproval, waitForEvidence } from './holds.js';
import { secureJournal } from './journal.js';
import { KeyWatch } from './key-watch.js';
import { giveBack, Leases } from './lease.js';
import { remember } from './memo.js';
import { countOutcomes, openSeries, recordStage } from './metrics.js';
import { Notifier } from './notify.js';
import { tellBatch } from './orders.js';
import { acceptBounds, acceptSpec, askWorker, prepare } from './prepare.js';
import { createRun, type Run } from './run.js';
import { RunState } from './run-state.js';
import { settle } from './settle.js';
import { applyStage } from './stage.js';
import { haltBesideStray } from './stray-batch.js';
import { verify } from './verify.js';
import { comeToRest } from './way-back.js';

/**
 * Rolls metadata options out over a fleet: plan, lease, stage by stage with bakes, verify; or back again.
 *
 * @param input - a rollout spec as JSON, so that any client can start it
 * @param bounds - holds this start to a part of the plan: `{ planHash?, only?, limit?, until? }`
 * @returns the result of a rollout that completed; any other end is a failure whose type says which, with the result as
 * its details: `RolloutRolledBack`, `RolloutHalted`, `RolloutAborted`, `RollbackIncomplete`, `PlanFailed`, `ScopeBusy`,
 * `InvalidRolloutSpec`
 * @throws ApplicationFailure of one of those types; CancelledFailure where Temporal has cancelled it, after the same steps as
 * an abort
 * @example
 * ```sh
 * temporal workflow start --type imdsRollout --task-queue lightsail-imds-rollout --workflow-id imds-rollout-prod --input '{
 *   "name": "prod", "options": { "httpTokens": "required" }, "targets": { "regions": ["us-east-1"] } }'
 * ```
 */
export async function imdsRollout(input: unknown, bounds?: unknown): Promise<RolloutResult> {
  const state = new RunState();
  registerHandlers(state);
  // A cancellation is an abort: what is in flight is finished first, so everything runs out of its reach.
  CancellationScope.current().cancelRequested.catch(() => cancel(state));
  return CancellationScope.nonCancellable(async () => {
    openSeries();
    try {
      return await closing(state, () => roll(state, input, bounds));
    } finally {
      await condition(allHandlersFinished);
    }
  });
}

async function roll(state: RunState, input: unknown, wanted: unknown): Promise<RolloutResult> {
  const spec = acceptSpec(input);
  const bounds = acceptBounds(wanted, spec);
  state.name = spec.name;
  remember({ spec: spec.name });
  const leases = new Leases({
    note: (event) => state.note(event),
    hold: (lost) => {
      state.lostLease = lost;
      state.show();
      void tellBatch(state);
    },
  });
  try {
    await askWorker(spec);
    state.facts = await controlActivities('what the worker allows').lightsailImdsDescribeWorker();
    void endBeforeHistoryIsFull(state);
    state.notifier = new Notifier(state, spec.notify);
    state.keysWait = spec.credentials.wait;
    state.keyWatch = new KeyWatch(state);
    const calendar = await followCalendar(state, spec);
    const prepared = await prepare(state, spec, bounds, leases);
    const { plan, ledger } = prepared;
    countOutcomes(countKinds(plan.settled.map(({ outcome }) => outcome.kind)));
    const run = createRun(state, spec, prepared);
    await applyStages(run);
    calendar.cancel();
    if (state.stop === undefined && countTargets(plan) > 0) await verify(run);
    run.watch.end();
    // Also where it was stopped before it has taken a lease: after a reset the batch of the run before may still be open.
    if (!leases.isEmpty || state.stop !== undefined) await haltBesideStray(state);
    await comeToRest(run);
    return conclude(state, plan, ledger);
  } finally {
    await giveBack(state, leases);
  }
}

async function applyStages(run: Run): Promise<void> {
  const { state, plan, ledger, reverts } = run;
  // Known before anything is changed, rather than after the first stage.
  if (countTargets(plan) > 0 && state.stop === undefined) await secureJournal(state);
  const last = plan.stages.findLastIndex(({ targets }) => targets.length > 0);
  for (const [index, stage] of plan.stages.entries()) {
    if (state.stop !== undefined) return;
    if (stage.targets.length === 0) continue;
    state.stage = index;
    await waitForApproval(state, stage);
    if (state.stop !== undefined) return;
    state.note(`stage ${stage.name} starts with ${countOf(stage.targets.length, 'target')}`);
    const since = now();
    await applyStage(run, index, stage);
    recordStage((now() - since) / 1_000);
    await secureJournal(state);
    await bake(state, ledger, index, stage);
    // In the end one look at all of them: an instance of an earlier stage may have fallen ill since.
    await settle(run, index === last ? [...plan.stages.keys()] : [index]);
    // What is on its way back proves nothing.
    await reverts.drained();
    await waitForEvidence(state, ledger, index, plan.stages);
  }
}

async function endBeforeHistoryIsFull(state: RunState): Promise<void> {
  const why = () => {
    const { historyLength: events, historySize: bytes } = workflowInfo();
    return fullHistory({ events, bytes });
  };
  await condition(() => why() !== undefined);
  state.halt({ reason: why() ?? '', restore: false });
  await tellBatch(state);
}

function cancel(state: RunState): void {
  state.cancelled = true;
  state.abort({ by: 'Temporal cancellation' });
  void tellBatch(state);
}
