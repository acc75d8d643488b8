/** `[last part of the ARN, name]` */
type PackedInstance = readonly [string, string];

/** Instances of one scope of which the same is said. */
interface PackedGroup<Said> {
  /** What the ARNs have in common, up to the last slash. */
  readonly prefix: string;
  readonly said: Said;
  readonly instances: readonly PackedInstance[];
}

/** Instances with what is said of each, as they stand in a payload: what is alike is there once. */
export interface Packed<Said> {
  readonly groups: readonly PackedGroup<Said>[];
  /** The group of each instance, in their order. */
  readonly order: readonly number[];
}

export interface Named {
  readonly arn: string;
  readonly name: string;
}

/** @example pack(plan.stages[0].targets).groups.length // 1, where all targets go the same way in one scope */
export function pack<Item extends Named>(items: readonly Item[]): Packed<Omit<Item, keyof Named>> {
  const indexes = new Map<string, number>();
  const groups: { prefix: string; said: Omit<Item, keyof Named>; instances: PackedInstance[] }[] = [];
  const order = items.map(({ arn, name, ...said }) => {
    const cut = arn.lastIndexOf('/') + 1;
    const prefix = arn.slice(0, cut);
    const key = JSON.stringify([prefix, said]);
    const index = indexes.get(key) ?? groups.push({ prefix, said, instances: [] }) - 1;
    indexes.set(key, index);
    groups[index]?.instances.push([arn.slice(cut), name]);
    return index;
  });
  return { groups, order };
}

/**
 * The instances as they went into {@link pack}, order included; or as they are, where an earlier version has
 * written them.
 *
 * @throws Error where it isn't whole
 */
export function unpack<Said>(packed: Packed<Said> | readonly (Said & Named)[]): (Said & Named)[] {
  if (!('groups' in packed)) return [...packed];
  const { groups, order } = packed;
  const next = groups.map(({ instances }) => instances.values());
  return order.map((index) => {
    const group = groups[index];
    const instance = next[index]?.next().value;
    // Fewer instances are never the result.
    if (group === undefined || instance === undefined)
      throw new Error('These are no packed instances, or not all of them.');
    const [id, name] = instance;
    return { ...group.said, arn: `${group.prefix}${id}`, name };
  });
}

/** Values of which most are alike: each different one once, and which of them stands where. */
export interface Alike<Value> {
  readonly values: readonly Value[];
  readonly order: readonly number[];
}

/** @example packAlike(['a', 'a', 'b']) // { values: ['a', 'b'], order: [0, 0, 1] } */
export function packAlike<Value>(all: readonly Value[]): Alike<Value> {
  const indexes = new Map<string, number>();
  const values: Value[] = [];
  const order = all.map((value) => {
    const key = JSON.stringify(value);
    const index = indexes.get(key) ?? values.push(value) - 1;
    indexes.set(key, index);
    return index;
  });
  return { values, order };
}

/**
 * The values as they went into {@link packAlike}; or as they are, where an earlier version has written them.
 *
 * @throws Error where one of them is missing
 */
export function unpackAlike<Value>(packed: Alike<Value> | readonly Value[]): Value[] {
  if (!('order' in packed)) return [...packed];
  return packed.order.map((index) => {
    const value = packed.values[index];
    if (value === undefined) throw new Error('These are no packed values, or not all of them.');
    return value;
  });
}
