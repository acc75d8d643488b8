import { utf8ToBytes } from '@noble/hashes/utils.js';
import type { AllowedInstance, Plan, PlannedStage, SettledInstance } from './plan.js';
import type { Target } from './target.js';

/** The most that a packed plan may take as JSON, in bytes: Temporal refuses payloads of over 2 MB. */
const MAX_PACKED_BYTES = 1_900_000;

/** `[last part of the ARN, name]` */
type PackedInstance = readonly [string, string];

/** Instances of one scope of which the same is said. */
interface PackedGroup<Said> {
  /** What the ARNs have in common, up to the last slash. */
  readonly prefix: string;
  readonly said: Said;
  readonly instances: readonly PackedInstance[];
}

interface Packed<Said> {
  readonly groups: readonly PackedGroup<Said>[];
  /** The group of each instance, in the plan's order. */
  readonly order: readonly number[];
}

/** A plan that says what is alike once: a plain one of more than about 8,000 targets is too large for a payload. */
export interface PackedPlan extends Pick<Plan, 'uncovered' | 'warnings' | 'hash'> {
  readonly stages: readonly (Omit<PlannedStage, 'targets'> & { readonly targets: Packed<Omit<Target, keyof Named>> })[];
  readonly settled: Packed<Omit<SettledInstance, keyof Named>>;
  readonly allowed: Packed<Omit<AllowedInstance, keyof Named>>;
}

/** @example packPlan(plan).stages[0].targets.groups.length // 1, where all targets go the same way in one scope */
export function packPlan({ stages, settled, allowed, ...rest }: Plan): PackedPlan {
  return {
    stages: stages.map((stage) => ({ ...stage, targets: pack(stage.targets) })),
    settled: pack(settled),
    allowed: pack(allowed),
    ...rest,
  };
}

/**
 * The plan as it went into {@link packPlan}, order included.
 *
 * @throws Error where it isn't whole
 */
export function unpackPlan({ stages, settled, allowed, ...rest }: PackedPlan): Plan {
  return {
    stages: stages.map((stage) => ({ ...stage, targets: unpack(stage.targets) })),
    settled: unpack(settled),
    allowed: unpack(allowed),
    ...rest,
  };
}

/** Whether a packed plan fits a payload. */
export function fitsPayload(packed: PackedPlan): boolean {
  return utf8ToBytes(JSON.stringify(packed)).length <= MAX_PACKED_BYTES;
}

interface Named {
  readonly arn: string;
  readonly name: string;
}

function pack<Item extends Named>(items: readonly Item[]): Packed<Omit<Item, keyof Named>> {
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

function unpack<Said>({ groups, order }: Packed<Said>): (Said & Named)[] {
  const next = groups.map(({ instances }) => instances.values());
  return order.map((index) => {
    const group = groups[index];
    const instance = next[index]?.next().value;
    // A smaller plan is never the result.
    if (group === undefined || instance === undefined) throw new Error('This is no packed plan, or not all of one.');
    const [id, name] = instance;
    return { ...group.said, arn: `${group.prefix}${id}`, name };
  });
}
