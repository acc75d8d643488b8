import { z } from 'zod';
import type { Checksummed, Report } from '../../client/index.js';
import { endedSchema, outcomeSchema } from './outcome.js';
import { countsSchema, coverageSchema, optionsSchema, timeSchema } from './parts.js';

const text = z.string().nullable();
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

const update = z.strictObject({ requestId: text, sentAt: timeSchema.nullable() });

const health = z.enum(['pass', 'fail', 'unread', 'watched']).nullable();

const instance = z.strictObject({
  account: z.string(),
  region: z.string(),
  name: z.string(),
  arn: z.string(),
  stage: text,
  before: optionsSchema.nullable(),
  wanted: optionsSchema.nullable(),
  after: optionsSchema.nullable(),
  outcome: z.string(),
  reason: text,
  settledAt: timeSchema.nullable(),
  update: update.nullable(),
  restore: update.extend({ outcome: z.string(), settledAt: timeSchema.nullable() }).nullable(),
  downgraded: z.boolean(),
  tokenless: z
    .union([
      z.strictObject({
        calls: z.number(),
        lastUsed: timeSchema.nullable(),
        hours: z.number().describe('the hours that the metric has data of'),
        expected: z.number().describe('of how many hours it might'),
        readAt: timeSchema,
      }),
      z.strictObject({ unknown: z.string(), readAt: timeSchema }),
    ])
    .nullable(),
  health: z.strictObject({ before: health, after: health, reason: text }).nullable(),
});

/** What `report --json` prints, and `report -o FILE.json` writes. */
export const reportJsonSchema = z.strictObject({
  format: z.literal('imds-rollout-report/1'),
  kind: z.enum(['rollout', 'rollback', 'plan']),
  headline: z.string(),
  writtenAt: timeSchema,
  rollout: z
    .strictObject({
      workflowId: z.string(),
      runId: z.string(),
      earlierRuns: z.array(z.string()),
      name: text,
      status: z.string(),
      namespace: z.string(),
      taskQueue: z.string(),
      startedBy: text,
      startedAt: timeSchema,
      endedAt: timeSchema.nullable(),
      takesBack: z.array(z.strictObject({ workflowId: z.string(), runId: text })).exactOptional(),
    })
    .nullable(),
  ended: z.enum([...endedSchema.options, 'running', 'failed', 'cancelled', 'terminated', 'timed-out', 'planned']),
  reason: text,
  outcome: outcomeSchema.exactOptional().describe('once it has ended'),
  versions: z.strictObject({
    report: z.string(),
    worker: text,
    temporalSdk: text,
    temporalServer: text,
    workerBuilds: z.array(z.string()),
  }),
  spec: z.strictObject({ input: z.unknown(), sha256 }).nullable(),
  bounds: z.strictObject({
    planHash: z.string().exactOptional(),
    only: z.array(z.string()).exactOptional(),
    limit: z.int().exactOptional(),
    until: z.string().exactOptional(),
  }),
  planHash: text,
  scopes: z.array(
    z.strictObject({
      account: text,
      region: z.string(),
      state: z.enum(['scanned', 'passed over', 'failed', 'not finished']),
      why: text,
      found: z.int(),
      planned: z.int(),
      caller: text,
    }),
  ),
  counts: countsSchema,
  coverage: coverageSchema.nullable(),
  stages: z.array(
    z.strictObject({
      name: z.string(),
      size: z.int(),
      counts: countsSchema,
      bakeMs: z.number(),
      startedAt: timeSchema.nullable(),
      endedAt: timeSchema.nullable(),
    }),
  ),
  holds: z.array(
    z.strictObject({
      for: z.enum([
        'bake',
        'approval',
        'window',
        'freeze',
        'paused',
        'health',
        'evidence',
        'credentials',
        'lease',
        'journal',
      ]),
      stage: text,
      since: timeSchema,
      until: timeSchema.nullable(),
      reason: text,
    }),
  ),
  messages: z.array(
    z.strictObject({
      at: timeSchema,
      message: z.string(),
      by: text,
      reason: text,
      identity: text,
      says: text,
      answered: z.enum(['taken', 'refused']).nullable(),
    }),
  ),
  events: z.array(
    z.strictObject({
      at: timeSchema,
      event: z.string(),
      by: z.string().exactOptional(),
      reason: z.string().exactOptional(),
    }),
  ),
  waivers: z.array(
    z.strictObject({ names: z.array(z.string()), reason: z.string(), owner: text, until: text, instances: z.int() }),
  ),
  allowed: z.array(z.strictObject({ arn: z.string(), name: z.string(), detail: z.string() })),
  downgraded: z.array(z.string()),
  instances: z.array(instance),
  warnings: z.array(z.string()),
  gaps: z.array(z.string()),
  undo: z.looseObject({ format: z.literal('imds-rollout-undo/1'), entries: z.array(z.unknown()) }).exactOptional(),
  sha256,
});

/** What `report --verify FILE --json` prints. */
export const verifyJsonSchema = z.strictObject({
  file: z.string(),
  format: z.enum(['imds-rollout-plan/1', 'imds-rollout-undo/1', 'imds-rollout-report/1']),
  intact: z.boolean(),
  stated: text,
  actual: sha256,
});

export type VerifyJson = z.infer<typeof verifyJsonSchema>;

/** Both say the same: a member that only one of them has is noticed here. */
type Keys = keyof z.infer<typeof reportJsonSchema>;
true satisfies [Keys] extends [keyof Checksummed<Report>]
  ? [keyof Checksummed<Report>] extends [Keys]
    ? true
    : false
  : false;
