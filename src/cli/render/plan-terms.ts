import type { Uncovered } from '../../rollout/canary.js';
import type { Plan } from '../../rollout/plan.js';
import type { RolloutSpec } from '../../rollout/spec.js';
import { countOf } from '../../rollout/status.js';

/** As many values of a key are named; the count says the rest. */
const SHOWN_VALUES = 5;

/**
 * A share as a whole percentage; 0 and 100 only where it is nothing or all.
 *
 * @example formatShare(0.999) // '99 %'
 */
export function formatShare(share: number): string {
  if (share <= 0 || share >= 1) return `${share <= 0 ? 0 : 100} %`;
  return `${Math.min(99, Math.max(1, Math.round(share * 100)))} %`;
}

/**
 * What stops the rollout, and what becomes of the instances then.
 *
 * @example describeBudget(spec.failure) // 'It stops when more than 0 targets of a stage fail; then everything that it changed goes back.'
 */
export function describeBudget({ max, maxTotal, revert }: RolloutSpec['failure']): string {
  const inRun = maxTotal === undefined ? '' : `, or more than ${maxTotal} of the run`;
  return `${describeStop(max, inRun)}; ${THEN[revert]}`;
}

/** What the lease of an account and region does, and what it can't do. */
export const ONE_WRITER =
  'No other rollout of the same Temporal namespace writes there meanwhile; one of another namespace or server is not kept out.';

const THEN = {
  run: 'then everything that it has changed goes back.',
  failed: 'then it halts: those that failed go back, the others stay changed.',
  none: 'then it halts, and every instance stays as it is.',
} as const satisfies Record<RolloutSpec['failure']['revert'], string>;

function describeStop(max: RolloutSpec['failure']['max'], inRun: string): string {
  if ('percent' in max) return `It stops when more than ${max.percent} % of a stage's targets fail${inRun}`;
  // Without a failure that may be, a total says nothing more.
  if (max.count === 0) return 'It stops at the first target that fails';
  return `It stops when more than ${countOf(max.count, 'target')} of a stage fail${inRun}`;
}

/**
 * What the first stage says nothing of.
 *
 * @example describeUncovered(plan) // ['Not in the first stage: blueprint windows_2022 (3 targets). A size such as "1 per blueprint" takes one of each.']
 */
export function describeUncovered({ uncovered }: Pick<Plan, 'uncovered'>): string[] {
  return uncovered.map((each) => {
    const { key, values, count } = each;
    const shown = values.slice(0, SHOWN_VALUES).map(({ value, targets }) => `${value || '(none)'} (${targets})`);
    const more = count > shown.length ? ` and ${count - shown.length} more` : '';
    return `Not in the first stage: ${nameOf(each)} ${shown.join(', ')}${more}. A size of "1 per ${key}" takes one of each.`;
  });
}

function nameOf({ key }: Uncovered): string {
  return key.startsWith('tag:') ? `tag ${key.slice('tag:'.length)}` : key;
}
