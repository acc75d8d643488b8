import { ApplicationFailure } from '@temporalio/workflow';
import type { FleetInstance } from '../rollout/instance.js';
import { settleListings } from '../rollout/listing.js';
import type { Plan } from '../rollout/plan.js';
import { describePlace } from '../rollout/reach.js';
import { scopeKey, scopeOf, scopesOf } from '../rollout/scope.js';
import { isSelected } from '../rollout/selector.js';
import type { RolloutSpec } from '../rollout/spec.js';
import { coverageOf, verifyTarget } from '../rollout/verify.js';
import { discoverFleet } from './discover.js';
import { runningGate } from './key-watch.js';
import { countOutcomes } from './metrics.js';
import { warnOfOtherWriters } from './other-writers.js';
import type { Run } from './run.js';
import type { RunState } from './run-state.js';

/**
 * The last sweep: reads the regions once more and holds every changed target against them. Not the selection alone: a
 * target whose tags no longer match it is still ours.
 */
export async function verify(run: Run): Promise<void> {
  const { state, spec, plan, ledger, reverts } = run;
  state.stage = undefined;
  state.enter('verifying');
  const fleet = await sweep(state, spec, plan);
  if (fleet === undefined) return;
  const { include, exclude } = spec.targets;
  const selected = fleet.filter((instance) => isSelected({ include, exclude }, instance));
  state.coverage = coverageOf(plan, settleListings(selected, true));
  // What stands in the listing of another place proves nothing of a target.
  const inScope = fleet.filter(({ outOfScope }) => outOfScope === undefined);
  const byArn = new Map(inScope.map((instance) => [instance.arn, instance]));
  const byName = new Map(inScope.map((instance) => [nameKey(instance.arn, instance.name), instance]));
  for (const target of plan.stages.flatMap((stage) => stage.targets)) {
    if (ledger.resultOf(target.arn)?.outcome.kind !== 'changed' || reverts.has(target.arn)) continue;
    const finding = verifyTarget(target, byArn.get(target.arn), byName.get(nameKey(target.arn, target.name)));
    if (finding === undefined) continue;
    ledger.amend(target.arn, finding);
    countOutcomes({ [finding.outcome.kind]: 1 });
  }
  await warnOfOtherWriters(run);
  state.note('verified by a last sweep');
}

/** Undefined where the rollout is stopped, or where a region can't be read: then nothing is known to be as it was left, and the rollout halts. */
async function sweep(state: RunState, spec: RolloutSpec, plan: Plan): Promise<readonly FleetInstance[] | undefined> {
  try {
    const ours = scopesOf(plan.stages.flatMap(({ targets }) => targets.map(({ arn }) => arn)));
    // By name: a worker with other credentials would otherwise find every target gone.
    const accounts = spec.targets.accounts ?? [...new Set(ours.map(({ account }) => account))];
    const fleet = await discoverFleet(
      state,
      { ...spec, targets: { ...spec.targets, accounts } },
      {},
      runningGate(state),
    );
    // A region that had instances when the plan was made isn't one that can hold none.
    const isOurs = new Set(ours.map(scopeKey));
    const lost = fleet?.unused.find(({ account = '', region }) => isOurs.has(scopeKey({ account, region })));
    if (lost === undefined) return fleet?.instances;
    state.halt({ reason: `the last sweep failed: ${describePlace(lost)} is ${lost.why}`, restore: false });
    return undefined;
  } catch (error) {
    if (!(error instanceof ApplicationFailure)) throw error;
    state.halt({ reason: `the last sweep failed: ${error.message}`, restore: false });
    return undefined;
  }
}

function nameKey(arn: FleetInstance['arn'], name: string): string {
  return `${scopeKey(scopeOf(arn))}/${name}`;
}
