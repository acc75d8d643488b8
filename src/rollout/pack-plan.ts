import { utf8ToBytes } from '@noble/hashes/utils.js';
import { type Named, type Packed, pack, unpack } from './pack.js';
import type { AllowedInstance, Plan, PlannedStage, SettledInstance } from './plan.js';
import type { Target } from './target.js';

/** The most that a packed plan may take as JSON, in bytes: Temporal refuses payloads of over 2 MB. */
const MAX_PACKED_BYTES = 1_900_000;

/** A plan that says what is alike once: a plain one of more than about 8,000 targets is too large for a payload. */
export interface PackedPlan extends Pick<Plan, 'uncovered' | 'warnings' | 'specHash' | 'hash'> {
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
