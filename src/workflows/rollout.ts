import {
  ApplicationFailure,
  allHandlersFinished,
  CancellationScope,
  condition,
  upsertMemo,
} from '@temporalio/workflow';
import type { FleetInstance } from '../rollout/instance.js';
import type { Ledger } from '../rollout/ledger.js';
import { countTargets, type Plan } from '../rollout/plan.js';
import { planRollout } from '../rollout/planner.js';
import { scopesOf } from '../rollout/scope.js';
import { describeProblems, parseSpec, type RolloutSpec } from '../rollout/spec.js';
import type { RolloutResult } from '../rollout/status.js';
import { coverageOf } from '../rollout/verify.js';
import { isoTime, now, today } from './clock.js';
import { discoverFleet } from './discover.js';
import { conclude } from './ending.js';
import { registerHandlers } from './handlers.js';
import { bake, waitForEvidence } from './holds.js';
import { type Lease, releaseLeases, takeLeases } from './lease.js';
import { RunState } from './run-state.js';
import { applyStage, restoreRun } from './stage.js';
import { verify } from './verify.js';

/**
 * Rolls metadata options out over a fleet: plan, lease, stage by stage with bakes, verify; or back again.
 *
 * @param input - a rollout spec as JSON, so that any client can start it
 * @returns the result of a rollout that completed; any other end is a failure whose type says which, with the result as
 * its details: `RolloutRolledBack`, `RolloutHalted`, `RolloutAborted`, `RollbackIncomplete`, `PlanFailed`, `ScopeBusy`,
 * `InvalidRolloutSpec`
 */
export async function imdsRollout(input: unknown): Promise<RolloutResult> {
  const state = new RunState();
  registerHandlers(state);
  // A cancellation is an abort: what is in flight is finished first, so everything runs out of its reach.
  CancellationScope.current().cancelRequested.catch(() => cancel(state));
  return CancellationScope.nonCancellable(async () => {
    try {
      return await roll(state, acceptSpec(input));
    } finally {
      state.enter('ended');
      await condition(allHandlersFinished);
    }
  });
}

async function roll(state: RunState, spec: RolloutSpec): Promise<RolloutResult> {
  state.name = spec.name;
  const { include, exclude } = spec.targets;
  const fleet = await discoverFleet(spec, { include, exclude });
  const plan = makePlan(spec, fleet);
  const ledger = state.begin(spec, plan);
  upsertMemo({ spec: spec.name, planHash: plan.hash });
  if (countTargets(plan) === 0) {
    state.note('nothing needs a change');
    state.coverage = coverageOf(plan, fleet);
    return conclude(state, plan, ledger);
  }
  state.note(`planned ${countTargets(plan)} changes`);
  const leases = await lease(state, spec, plan);
  try {
    await applyStages(state, spec, plan, ledger);
    if (state.stop === undefined) await verify(state, spec, plan, ledger);
    if (state.stop?.restore) await restoreRun(state, spec, ledger);
    return conclude(state, plan, ledger);
  } finally {
    await releaseLeases(leases);
  }
}

async function applyStages(state: RunState, spec: RolloutSpec, plan: Plan, ledger: Ledger): Promise<void> {
  for (const [index, stage] of plan.stages.entries()) {
    if (state.stop !== undefined) return;
    if (stage.targets.length === 0) continue;
    state.stage = index;
    state.note(`stage ${stage.name} starts with ${stage.targets.length} targets`);
    await applyStage(state, spec, ledger, index, stage);
    await waitForEvidence(state, ledger, index, plan.stages);
    await bake(state, ledger, index, stage);
  }
}

function acceptSpec(input: unknown): RolloutSpec {
  const check = parseSpec(input, today());
  if (check.ok) return check.spec;
  const message = `The rollout spec is refused:\n${describeProblems(check.problems)}`;
  throw ApplicationFailure.nonRetryable(message, 'InvalidRolloutSpec', check.problems);
}

function makePlan(spec: RolloutSpec, fleet: readonly FleetInstance[]): Plan {
  const planning = planRollout(spec, fleet);
  if (!planning.ok) throw ApplicationFailure.nonRetryable(planning.message, 'PlanFailed');
  return planning.plan;
}

/** One writer for each account and region that the plan changes. */
async function lease(state: RunState, spec: RolloutSpec, plan: Plan): Promise<Lease[]> {
  const scopes = scopesOf(plan.stages.flatMap(({ targets }) => targets.map(({ arn }) => arn)));
  const since = now();
  const until = isoTime(since + spec.busy.wait);
  const leases = await takeLeases(scopes, {
    patience: spec.busy.wait,
    onBusy: (reason) => state.wait({ for: 'lease', since: isoTime(since), until, reason }),
    isStopped: () => state.stop !== undefined,
  });
  state.wait(null);
  return leases;
}

function cancel(state: RunState): void {
  state.cancelled = true;
  state.abort({ by: 'Temporal cancellation' });
}
