import { fieldsOf, type MetadataOptions } from './options.js';
import { OUTCOME_KINDS, type OutcomeKind } from './outcome.js';
import type { RolloutSpec } from './spec.js';
import type { Counts } from './stage-book.js';

/** What the title of a run is made of. */
export interface TitleFacts {
  readonly counts: Counts;
  /** What the spec asks for, as {@link goalOf} says it; missing for a rollback. */
  readonly goal?: string | undefined;
  /** Of the blocked ones, those that the spec waives. */
  readonly waived?: number;
  /** Instances of the selection that the plan has never seen; they aren't among the counts. */
  readonly newSincePlan?: number;
}

/**
 * How a rollout or a rollback stands, in one line that needs no other: how many instances are as they should be, and where
 * the others are. Its numbers add up to the total.
 *
 * @example
 * titleOf({ goal: 'require IMDSv2', counts: { changed: 100, compliant: 12, blocked: 7, total: 119, inFlight: 0 }, waived: 2, newSincePlan: 1 })
 * // '112 of 120 require IMDSv2, 5 blocked, 2 waived, 1 new'
 */
export function titleOf({ counts, goal, waived = 0, newSincePlan = 0 }: TitleFacts): string {
  const isBack = goal === undefined;
  const total = counts.total + newSincePlan;
  if (total === 0) return isBack ? 'nothing taken back' : 'no instances in the selection';
  const good = isBack ? count(counts, 'restored') : count(counts, 'changed') + count(counts, 'compliant');
  const rest = OUTCOME_KINDS.filter((kind) => !(isBack ? GOOD_BACK : GOOD).includes(kind)).map(
    (kind) => [kind === 'blocked' ? count(counts, kind) - waived : count(counts, kind), NAMES[kind] ?? kind] as const,
  );
  const settled = OUTCOME_KINDS.reduce((sum, kind) => sum + count(counts, kind), 0);
  const parts = [
    ...rest,
    [waived, 'waived'] as const,
    // On the way back those in flight are still counted as changed.
    ...(isBack ? [] : ([[counts.inFlight, 'in flight']] as const)),
    [counts.total - settled - counts.inFlight, 'not started'] as const,
    [newSincePlan, 'new'] as const,
  ];
  return [
    `${good} of ${total} ${isBack ? 'taken back' : goal}`,
    ...parts.filter(([number]) => number > 0).map(([number, what]) => `${number} ${what}`),
  ].join(', ');
}

const GOOD: readonly OutcomeKind[] = ['changed', 'compliant'];
const GOOD_BACK: readonly OutcomeKind[] = ['restored'];

/** Where the word of an outcome says too little without the instance beside it. */
const NAMES: Partial<Record<OutcomeKind, string>> = { changed: 'still changed', 'restore-failed': 'not restored' };

function count(counts: Counts, kind: OutcomeKind): number {
  return counts[kind] ?? 0;
}

/**
 * What a spec asks of every instance, as a predicate for many.
 *
 * @example goalOf({ options: { httpTokens: 'required' }, overrides: [] }) // 'require IMDSv2'
 * @example goalOf({ options: { httpEndpoint: 'disabled' }, overrides: [] }) // 'have httpEndpoint disabled'
 */
export function goalOf({ options, overrides }: Pick<RolloutSpec, 'options' | 'overrides'>): string {
  const asked: MetadataOptions = options;
  // Where some instances are to have another value, no one value is everybody's.
  const isSame = overrides.every(({ options: own }) =>
    fieldsOf(own).every((field) => asked[field] === undefined || asked[field] === own[field]),
  );
  if (!isSame) return 'are as the spec asks';
  const { httpTokens, ...others } = asked;
  const having = fieldsOf(httpTokens === 'required' ? others : asked).map((field) => `${field} ${asked[field]}`);
  return [
    ...(httpTokens === 'required' ? ['require IMDSv2'] : []),
    ...(having.length === 0 ? [] : [`have ${having.join(', ')}`]),
  ].join(' and ');
}
