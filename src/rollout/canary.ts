import type { FleetInstance } from './instance.js';
import type { PlannedStage } from './plan.js';
import { byCodeUnit } from './scope.js';
import type { GroupKey } from './size.js';
import { groupValue } from './spread.js';

/** So many values of a key are named; a tag may have one for every instance. */
const NAMED_VALUES = 20;

/** Values of a key of `spread` that the first stage has no instance of: what it proves says nothing of them. */
export interface Uncovered {
  readonly key: GroupKey;
  /** With the number of targets that have it, most first; the empty string: they have none. At most 20. */
  readonly values: readonly { readonly value: string; readonly targets: number }[];
  /** All of them, those that are not named included. */
  readonly count: number;
}

/**
 * What the first stage that has targets leaves unproven for the stages after it.
 *
 * @param fleet - where the targets are found with their blueprint and tags
 * @example findUncovered(['blueprint'], stages, fleet) // [{ key: 'blueprint', values: [{ value: 'windows_2022', targets: 3 }], count: 1 }]
 */
export function findUncovered(
  keys: readonly GroupKey[],
  stages: readonly PlannedStage[],
  fleet: readonly FleetInstance[],
): Uncovered[] {
  const [first, ...later] = stages.filter(({ targets }) => targets.length > 0);
  if (first === undefined || later.length === 0) return [];
  const byArn = new Map(fleet.map((instance) => [instance.arn, instance]));
  const instancesOf = ({ targets }: PlannedStage) => targets.flatMap(({ arn }) => byArn.get(arn) ?? []);
  const canary = instancesOf(first);
  const others = later.flatMap(instancesOf);
  return [...new Set(keys)].flatMap((key): Uncovered[] => {
    const covered = new Set(canary.map((instance) => groupValue(instance, key)));
    const left = new Map<string, number>();
    for (const instance of others) {
      const value = groupValue(instance, key);
      if (!covered.has(value)) left.set(value, (left.get(value) ?? 0) + 1);
    }
    if (left.size === 0) return [];
    const values = [...left]
      .sort(([a, many], [b, more]) => more - many || byCodeUnit(a, b))
      .slice(0, NAMED_VALUES)
      .map(([value, targets]) => ({ value, targets }));
    return [{ key, values, count: left.size }];
  });
}
