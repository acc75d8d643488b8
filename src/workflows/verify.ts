import type { FleetInstance } from '../rollout/instance.js';
import type { Ledger } from '../rollout/ledger.js';
import type { Plan } from '../rollout/plan.js';
import { scopeKey, scopeOf } from '../rollout/scope.js';
import type { RolloutSpec } from '../rollout/spec.js';
import { coverageOf, verifyTarget } from '../rollout/verify.js';
import { discoverFleet } from './discover.js';
import type { RunState } from './run-state.js';

/** The last sweep: reads the whole selection once more and holds every changed target against it. */
export async function verify(state: RunState, spec: RolloutSpec, plan: Plan, ledger: Ledger): Promise<void> {
  state.stage = undefined;
  state.enter('verifying');
  const fleet = await discoverFleet(spec);
  state.coverage = coverageOf(plan, fleet);
  const byArn = new Map(fleet.map((instance) => [instance.arn, instance]));
  const byName = new Map(fleet.map((instance) => [nameKey(instance.arn, instance.name), instance]));
  for (const target of plan.stages.flatMap((stage) => stage.targets)) {
    if (ledger.resultOf(target.arn)?.outcome.kind !== 'changed') continue;
    const finding = verifyTarget(target, byArn.get(target.arn), byName.get(nameKey(target.arn, target.name)));
    if (finding !== undefined) ledger.amend(target.arn, finding);
  }
  state.note('verified by a last sweep');
}

function nameKey(arn: FleetInstance['arn'], name: string): string {
  return `${scopeKey(scopeOf(arn))}/${name}`;
}
