import type { TargetResult } from './outcome.js';
import { type Target, targetLabel } from './target.js';

/** Takes one changed target back while the rollout goes on. */
export interface RevertOrder {
  readonly arn: string;
  /** It failed its health checks, or an operator asked for it. */
  readonly reason: 'unhealthy' | 'operator';
  readonly detail: string;
  /** It counts as a failure. */
  readonly count: boolean;
  /** It goes back to its options before; otherwise it only fails. */
  readonly restore: boolean;
}

/** The targets that an operator names, each by name, by `region/name` or by ARN. */
export interface RevertSelection {
  readonly names?: readonly string[];
  readonly arns?: readonly string[];
}

/** Whether the change of this target stands, as far as anybody knows. */
function standsChanged({ wrote, restore }: TargetResult): boolean {
  return wrote && (restore === undefined || restore.outcome.kind === 'restore-failed');
}

/** Whether an order still means something to a target of which this is known. */
export function concerns(order: RevertOrder, result: TargetResult): boolean {
  if (!standsChanged(result)) return false;
  return order.reason === 'operator' || (result.outcome.kind === 'changed' && result.restore === undefined);
}

/** What an order makes of a target's result, before its way back: one that has failed already isn't counted again. */
export function carryOut(order: RevertOrder, result: TargetResult): TargetResult {
  const isNew = result.outcome.kind !== 'failed';
  return {
    ...result,
    ...(order.count && isNew && { outcome: { kind: 'failed', reason: order.reason } as const }),
    ...(isNew && { detail: order.detail }),
  };
}

/** What is known of the targets of a run, as far as it matters to a revert. */
export interface RevertBooks {
  targets(): readonly Target[];
  resultOf(arn: string): TargetResult | undefined;
}

/**
 * The targets that are meant; or, in a sentence for the operator, why one of them can't be taken back.
 *
 * @param isRunning - whether a target without a result is in the batch that runs now
 */
export function selectForRevert(
  { names = [], arns = [] }: RevertSelection,
  books: RevertBooks,
  isRunning: (arn: string) => boolean,
): { readonly targets: readonly Target[] } | { readonly refusal: string } {
  if (names.length + arns.length === 0) return { refusal: 'Name the targets to revert: names or arns.' };
  const byName = new Map<string, Target[]>();
  for (const target of books.targets()) {
    for (const called of [target.name, targetLabel(target), target.arn]) {
      byName.set(called, [...(byName.get(called) ?? []), target]);
    }
  }
  const meant = new Set<Target>();
  for (const wanted of [...names, ...arns]) {
    const found = byName.get(wanted) ?? [];
    const [target, another] = found;
    if (target === undefined) return { refusal: `"${wanted}" is no target of this rollout.` };
    if (another !== undefined) {
      return { refusal: `"${wanted}" is ${found.length} targets: name them as ${found.map(targetLabel).join(', ')}.` };
    }
    const why = refuse(target, books.resultOf(target.arn), isRunning);
    if (why !== undefined) return { refusal: why };
    meant.add(target);
  }
  return { targets: [...meant] };
}

function refuse(
  target: Target,
  result: TargetResult | undefined,
  isRunning: (arn: string) => boolean,
): string | undefined {
  const label = targetLabel(target);
  if (result === undefined) return isRunning(target.arn) ? undefined : `${label} has not been changed yet.`;
  return result.wrote ? undefined : `${label} was not changed by this rollout, so there is nothing to take back.`;
}
