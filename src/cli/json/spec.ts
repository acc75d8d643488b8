import { z } from 'zod';
import { specSchema } from '../../rollout/spec-schema.js';
import { optionsSchema } from './parts.js';

const problemSchema = z.strictObject({
  path: z.string(),
  message: z.string(),
  line: z.int().exactOptional(),
  column: z.int().exactOptional(),
});

/** A checked spec in short. */
const specInShortSchema = z.strictObject({
  name: z.string(),
  options: optionsSchema,
  accounts: z.array(z.string()).readonly().exactOptional().describe('missing: the account of the credentials at hand'),
  regions: z.union([z.array(z.string()).readonly(), z.literal('all')]),
  stages: z
    .array(z.strictObject({ name: z.string(), size: z.string(), bakeMs: z.int(), concurrency: z.int() }))
    .readonly(),
});

export type SpecJson = z.infer<typeof specInShortSchema>;

/** What `validate --json` prints. */
export const validateJsonSchema = z.discriminatedUnion('valid', [
  specInShortSchema.extend({
    valid: z.literal(true),
    warnings: z.array(z.string()).readonly().describe('what a person should know of it before there is a plan'),
  }),
  z.strictObject({ valid: z.literal(false), problems: z.array(problemSchema).readonly() }),
]);

export type ValidateJson = z.infer<typeof validateJsonSchema>;

/** What `init --json` prints. */
export const initJsonSchema = z.strictObject({
  path: z.string().nullable().describe('null where the spec went to standard output, of which this object is then all'),
  // As it is written, and not as it is read: the argument of the workflow.
  spec: z.custom<z.input<typeof specSchema>>((value) => specSchema.safeParse(value).success),
});

export type InitJson = z.infer<typeof initJsonSchema>;
