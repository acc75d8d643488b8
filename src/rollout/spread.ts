import type { FleetInstance } from './instance.js';
import { byCodeUnit, scopeKey } from './scope.js';
import type { GroupKey } from './size.js';

/** The value of an instance for a key; the empty string where it has none. */
export function groupValue(instance: FleetInstance, key: GroupKey): string {
  if (key === 'blueprint') return instance.blueprint ?? '';
  if (key === 'scope') return scopeKey(instance);
  const tag = key.slice('tag:'.length);
  return Object.entries(instance.tags).find(([name]) => name === tag)?.[1] ?? '';
}

/** Groups by a key's value, in the order of the values. */
export function groupBy(instances: readonly FleetInstance[], key: GroupKey): Map<string, FleetInstance[]> {
  const groups = new Map<string, FleetInstance[]>();
  for (const instance of instances) {
    const value = groupValue(instance, key);
    const group = groups.get(value);
    if (group === undefined) groups.set(value, [instance]);
    else group.push(instance);
  }
  return new Map([...groups].sort(([a], [b]) => byCodeUnit(a, b)));
}

/**
 * Deals instances round-robin over the values of the keys, running ones first. Of the running ones, every prefix covers
 * as many values of the first key as its length allows; each group starts its inner round at another value, so that a
 * short prefix covers the inner keys too where it can.
 *
 * @example spreadOver(fleet, ['blueprint', 'scope'])
 */
export function spreadOver(instances: readonly FleetInstance[], keys: readonly GroupKey[]): FleetInstance[] {
  const running = instances.filter((instance) => instance.state === 'running');
  const others = instances.filter((instance) => instance.state !== 'running');
  return [running, others].flatMap((part) => deal(part, keys, 0));
}

function deal(instances: readonly FleetInstance[], keys: readonly GroupKey[], turn: number): FleetInstance[] {
  const [key, ...inner] = keys;
  if (key === undefined) return instances.toSorted((a, b) => byCodeUnit(a.name, b.name) || byCodeUnit(a.arn, b.arn));
  const groups = [...groupBy(instances, key).values()];
  const start = groups.length === 0 ? 0 : turn % groups.length;
  const rotated = [...groups.slice(start), ...groups.slice(0, start)];
  return interleave(rotated.map((group, index) => deal(group, inner, index)));
}

function interleave<T>(lists: readonly (readonly T[])[]): T[] {
  const longest = lists.reduce((most, list) => Math.max(most, list.length), 0);
  const result: T[] = [];
  for (let round = 0; round < longest; round++) {
    for (const list of lists) {
      const item = list[round];
      if (item !== undefined) result.push(item);
    }
  }
  return result;
}
