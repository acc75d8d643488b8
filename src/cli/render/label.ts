import { cleanLine } from '../../rollout/clean.js';
import { scopeOf } from '../../rollout/scope.js';
import { type Target, targetLabel } from '../../rollout/target.js';

type Named = Pick<Target, 'arn' | 'name'>;

/**
 * How to call instances that are shown together: with their account only where there are several, as the same name may
 * be in each.
 *
 * @example labelIn([one, another])(one) // 'us-east-1/web-7', or '111122223333/us-east-1/web-7'
 */
export function labelIn(instances: readonly Pick<Target, 'arn'>[]): (instance: Named) => string {
  const accounts = new Set(instances.map(({ arn }) => scopeOf(arn).account));
  if (accounts.size < 2) return (instance) => cleanLine(targetLabel(instance));
  return (instance) => cleanLine(`${scopeOf(instance.arn).account}/${targetLabel(instance)}`);
}
