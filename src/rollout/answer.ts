import { z } from 'zod';
import { keysRefusedSchema } from './account-keys.js';
import { OUTCOME_KINDS, RESTORE_KINDS } from './outcome.js';
import { suspendedSchema } from './suspend.js';

const applySchema = z.union([
  // First, as nearly every answer is one.
  z.looseObject({ outcome: z.looseObject({ kind: z.enum(OUTCOME_KINDS) }), wrote: z.boolean() }),
  z.looseObject({ wrote: z.literal(true), suspended: suspendedSchema, refused: keysRefusedSchema }),
  z.looseObject({ held: z.literal(true), refused: keysRefusedSchema.exactOptional() }),
]);
const restoreSchema = z.union([
  z.looseObject({ outcome: z.looseObject({ kind: z.enum(RESTORE_KINDS) }) }),
  z.looseObject({ wrote: z.literal(true), suspended: suspendedSchema, refused: keysRefusedSchema }),
  z.looseObject({ held: z.literal(true), refused: keysRefusedSchema }),
]);

/**
 * Whether the answer of an apply says what became of its target. Anybody may complete an activity by hand, with anything.
 *
 * @example saysOutcome({ outcome: { kind: 'changed' }, wrote: true }) // true
 * @example saysOutcome('done') // false
 */
export function saysOutcome(answer: unknown): boolean {
  return applySchema.safeParse(answer).success;
}

/** The same of a restore. */
export function saysRestored(answer: unknown): boolean {
  return restoreSchema.safeParse(answer).success;
}
