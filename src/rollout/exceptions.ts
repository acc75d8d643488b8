import { countedKind, describeOutcome, type OutcomeKind, type TargetResult } from './outcome.js';
import type { SettledInstance } from './plan.js';
import { scopeKey, scopeOf } from './scope.js';
import type { Target } from './target.js';

/** A target or instance that ended otherwise than changed, compliant or restored, and why. */
export interface ExceptionEntry {
  readonly scope: string;
  readonly name: string;
  readonly arn: string;
  readonly outcome: string;
  readonly reason: string;
}

/** An entry with what it is ranked by. */
interface Ranked {
  readonly kind: OutcomeKind;
  readonly entry: ExceptionEntry;
}

const WORST_FIRST: readonly OutcomeKind[] = [
  'restore-failed',
  'failed',
  'drifted',
  'replaced',
  'gone',
  'blocked',
  'skipped',
  'changed',
  'restored',
  'compliant',
];

export function worstFirst(ranked: readonly Ranked[]): ExceptionEntry[] {
  const rank = ({ kind }: Ranked) => WORST_FIRST.indexOf(kind);
  return ranked.toSorted((a, b) => rank(a) - rank(b)).map(({ entry }) => entry);
}

export function exceptionOfTarget(target: Target, result: TargetResult): Ranked {
  return rankedEntry(countedKind(result), target, describeResult(result), reasonOf(result));
}

export function exceptionOfSettled(instance: SettledInstance): Ranked {
  const { outcome, detail = '' } = instance;
  return rankedEntry(outcome.kind, instance, describeOutcome(outcome), detail);
}

function rankedEntry(
  kind: OutcomeKind,
  { arn, name }: Pick<Target, 'arn' | 'name'>,
  outcome: string,
  reason: string,
): Ranked {
  return { kind, entry: { scope: scopeKey(scopeOf(arn)), name, arn, outcome, reason } };
}

/** Ended as anybody would hope: nothing to say of it but a count. */
export function isQuiet({ outcome, restore }: TargetResult): boolean {
  if (outcome.kind === 'failed') return false;
  if (restore !== undefined) return restore.outcome.kind === 'restored';
  return outcome.kind === 'compliant' || (outcome.kind === 'changed' && outcome.unverified !== true);
}

/** @example describeResult(result) // 'failed(api-error), restored' */
export function describeResult({ outcome, restore }: TargetResult): string {
  return restore === undefined
    ? describeOutcome(outcome)
    : `${describeOutcome(outcome)}, ${describeOutcome(restore.outcome)}`;
}

/** What a person is told of a result, its restore included. */
export function reasonOf({ detail, restore }: TargetResult): string {
  return [detail, restore?.detail].filter((text) => text !== undefined).join('; ');
}
