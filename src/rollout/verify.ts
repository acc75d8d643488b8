import type { FleetInstance } from './instance.js';
import { describeChange, fieldsOf, isCompliant, knowsEnough, pickOptions } from './options.js';
import type { Outcome } from './outcome.js';
import type { Plan } from './plan.js';
import type { Coverage } from './status.js';
import type { Target } from './target.js';

/** What the last sweep found of a changed target that is not as it was left; undefined where all is well. */
export interface Finding {
  readonly outcome: Outcome;
  readonly detail: string;
}

/** Compares a changed target with what the last sweep read under its ARN and under its name. */
export function verifyTarget(
  target: Target,
  found: FleetInstance | undefined,
  namesake: FleetInstance | undefined,
): Finding | undefined {
  if (found === undefined) {
    return namesake === undefined
      ? { outcome: { kind: 'gone' }, detail: 'deleted after its change' }
      : { outcome: { kind: 'replaced' }, detail: `deleted after its change; the name now belongs to ${namesake.arn}` };
  }
  if (!knowsEnough(found.options, target.desired) || found.optionsState !== 'applied') {
    return { outcome: { kind: 'drifted' }, detail: 'its options can not be read, or are being changed elsewhere' };
  }
  if (isCompliant(found.options, target.desired)) return undefined;
  const asked = fieldsOf(target.desired);
  const detail = `after its change: ${describeChange(target.desired, pickOptions(found.options, asked))}`;
  return isCompliant(found.options, pickOptions(target.before, asked))
    ? { outcome: { kind: 'failed', reason: 'reverted' }, detail }
    : { outcome: { kind: 'drifted' }, detail };
}

/** How the selection stands at the end, instances included that the plan has never seen. */
export function coverageOf(plan: Plan, fleet: readonly FleetInstance[]): Coverage {
  const planned = new Set([...plan.settled, ...plan.stages.flatMap((stage) => stage.targets)].map(({ arn }) => arn));
  const having = (tokens: 'required' | 'optional' | undefined) =>
    fleet.filter(({ options }) => options?.httpTokens === tokens).length;
  return {
    total: fleet.length,
    required: having('required'),
    optional: having('optional'),
    unknown: having(undefined),
    newSincePlan: fleet.filter(({ arn }) => !planned.has(arn)).length,
  };
}
