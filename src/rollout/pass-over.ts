import { cutReason } from './outcome.js';
import type { Plan } from './plan.js';

/**
 * The plan of a run that comes at the wrong time: every target that it would change is left as it is, for the next run.
 *
 * @param why - who is in the way
 */
export function passOver(plan: Plan, why: string): Plan {
  const detail = cutReason(why);
  const passed = plan.stages.flatMap(({ targets }) => targets);
  return {
    ...plan,
    stages: plan.stages.map((stage) => ({ ...stage, targets: [] })),
    settled: [
      ...plan.settled,
      ...passed.map(({ arn, name }) => ({ arn, name, outcome: { kind: 'skipped', reason: 'busy' } as const, detail })),
    ],
  };
}
