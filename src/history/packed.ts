import { z } from 'zod';
import { unpack, unpackAlike } from '../rollout/pack.js';

/** Instances of which something is said, as `pack` packs them. */
export function packedOf<Said extends z.ZodType>(said: Said) {
  const instances = z.array(z.tuple([z.string(), z.string()]));
  return z.object({ groups: z.array(z.object({ prefix: z.string(), said, instances })), order: z.array(z.int()) });
}

const packedInstances = packedOf(z.record(z.string(), z.unknown()));
const packedValues = z.object({ values: z.array(z.unknown()), order: z.array(z.int()) });

/** Instances as they stand in a history, packed or plain. */
export function instancesOf<Item extends z.ZodType>(item: Item) {
  return z.preprocess((value) => unpackedBy(packedInstances, unpack, value), z.array(item));
}

/** Values as they stand in a history, packed or plain. */
export function valuesOf<Item extends z.ZodType>(item: Item) {
  return z.preprocess((value) => unpackedBy(packedValues, unpackAlike, value), z.array(item));
}

/** Undefined where it isn't whole: a part of it would pass for all. */
function unpackedBy<Packed>(schema: z.ZodType<Packed>, unpacked: (packed: Packed) => unknown, value: unknown): unknown {
  const { data } = schema.safeParse(value);
  if (data === undefined) return value;
  try {
    return unpacked(data);
  } catch {
    return undefined;
  }
}
