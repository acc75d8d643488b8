import { listNames } from './bounds.js';
import type { TargetResult } from './outcome.js';
import { describePlace } from './reach.js';
import { byCodeUnit, type Scope, scopeKey, scopeOf } from './scope.js';
import { countOf } from './status.js';
import { type Target, targetLabel } from './target.js';

/** What a lease can't do, with the remedy. */
const REMEDY =
  'A lease keeps out rollouts of the same Temporal namespace only, not those of another namespace or server, nor a person: keep to one namespace, or name accounts and regions apart.';

/** A target with what became of it. */
export interface TargetEnd {
  readonly target: Pick<Target, 'arn' | 'name'>;
  readonly result: Pick<TargetResult, 'outcome' | 'wrote' | 'restore'> | undefined;
}

/**
 * The warning over targets whose values have changed under the rollout: all of a stage needed a change when the plan was
 * made.
 *
 * @param wasReset - what an earlier run of the same rollout has changed isn't another's work
 */
export function describeChangedElsewhere(
  ends: readonly TargetEnd[],
  { wasReset }: { readonly wasReset: boolean },
): string[] {
  const changed = ends.filter(({ result }) => result !== undefined && wasChangedElsewhere(result, wasReset));
  if (changed.length === 0) return [];
  const names = changed.map(({ target }) => targetLabel(target)).sort(byCodeUnit);
  return [
    `Something else changed ${countOf(changed.length, 'target')} while the rollout ran: ${listNames(names)}. ${REMEDY}`,
  ];
}

function wasChangedElsewhere(
  { outcome, wrote, restore }: NonNullable<TargetEnd['result']>,
  wasReset: boolean,
): boolean {
  if (restore?.outcome.kind === 'drifted' || outcome.kind === 'drifted') return true;
  if (outcome.kind === 'compliant') return !wrote && !wasReset;
  return 'reason' in outcome && (outcome.reason === 'drifted' || outcome.reason === 'reverted');
}

/**
 * The warning over Updates that this rollout hasn't sent.
 *
 * @param updated - the names of the instances with an Update since the rollout began
 */
export function describeForeignUpdates(scope: Scope, updated: readonly string[], ends: readonly TargetEnd[]): string[] {
  const own = new Set(
    ends
      .filter(({ target, result }) => mayHaveWritten(result) && scopeKey(scopeOf(target.arn)) === scopeKey(scope))
      .map(({ target }) => target.name),
  );
  const foreign = updated.filter((name) => !own.has(name)).sort(byCodeUnit);
  if (foreign.length === 0) return [];
  return [
    `Something else sent UpdateInstanceMetadataOptions to ${countOf(foreign.length, 'instance')} in ${describePlace(scope)} while the rollout ran: ${listNames(foreign)}. ${REMEDY}`,
  ];
}

/** Without a result its batch has said nothing. */
function mayHaveWritten(result: TargetEnd['result']): boolean {
  return result === undefined || result.wrote || result.restore !== undefined;
}

/** @param why - what the call was answered; undefined where there were more operations than are read */
export function describeUnknownWriters(scope: Scope, why: string | undefined): string {
  const where = describePlace(scope);
  if (why === undefined)
    return `Whether something else writes in ${where} isn't known: it has more operations than are read.`;
  return `Whether something else writes in ${where} isn't known (${why}). Allow lightsail:GetOperations there.`;
}
