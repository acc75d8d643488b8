import { z } from 'zod';
import { optionsSchema, placeSchema } from './parts.js';

export const PLAN_FORMAT = 'imds-rollout-plan/1';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'must be a SHA-256: 64 hexadecimal digits');

/** What `plan --json` prints and `plan -o` keeps. */
export const planJsonSchema = z.strictObject({
  format: z.literal(PLAN_FORMAT),
  name: z.string(),
  specHash: sha256.describe('SHA-256 over the spec'),
  hash: sha256.describe('SHA-256 over targets, stages and spec, not over the time'),
  bounds: z
    .strictObject({
      only: z.array(z.string()).readonly().exactOptional(),
      limit: z.int().exactOptional(),
      until: z.string().exactOptional(),
      planHash: z.string().exactOptional(),
    })
    .describe('the part of the plan that a start from it is held to'),
  counts: z.strictObject({
    instances: z.int(),
    changes: z.int(),
    compliant: z.int(),
    skipped: z.int(),
    blocked: z.int(),
  }),
  failure: z
    .strictObject({
      maxTotal: z.int().nullable().describe('how many targets of the run may fail; null: no limit of its own'),
      revert: z.enum(['none', 'failed', 'run']),
    })
    .describe('what happens when the budget trips'),
  stages: z.array(
    z.strictObject({
      name: z.string(),
      bakeMs: z.int(),
      concurrency: z.int(),
      needsApproval: z.boolean(),
      shareByEnd: z.number().min(0).max(1).describe('the share of all changes that are made by its end'),
      mayFail: z.int().describe('how many of its targets may fail before the rollout stops'),
      targets: z.array(
        placeSchema.extend({
          before: optionsSchema,
          desired: optionsSchema,
          stopped: z.literal(true).exactOptional().describe('it is stopped: its change is not verified'),
        }),
      ),
    }),
  ),
  settled: z
    .array(placeSchema.extend({ outcome: z.string(), detail: z.string().exactOptional() }))
    .describe('instances of the selection that are in no stage'),
  allowed: z
    .array(placeSchema.extend({ detail: z.string() }))
    .describe('instances that are in a stage only because evidence.allow names them'),
  uncovered: z
    .array(
      z.strictObject({
        key: z.string(),
        values: z.array(z.strictObject({ value: z.string(), targets: z.int() })),
        count: z.int(),
      }),
    )
    .describe('values of the keys of spread that the first stage has no instance of'),
  warnings: z.array(z.string()),
  sha256: sha256.describe('over all the rest: shows that the file was edited'),
});

export type PlanJson = z.infer<typeof planJsonSchema>;
