import { z } from 'zod';
import type { SealedReport } from '../../client/index.js';
import { optionFields } from '../../rollout/option-fields.js';
import { OUTCOME_KINDS } from '../../rollout/outcome.js';

const time = z.iso.datetime();
const text = z.string().nullable();
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const options = z.strictObject(optionFields);
const counts = z
  .strictObject({ total: z.int(), inFlight: z.int() })
  .extend(Object.fromEntries(OUTCOME_KINDS.map((kind) => [kind, z.int().optional()])));
const ended = ['completed', 'rolled-back', 'rollback-incomplete', 'halted', 'aborted'] as const;
const coverage = z.strictObject({
  total: z.int(),
  required: z.int(),
  optional: z.int(),
  unknown: z.int(),
  newSincePlan: z.int(),
});

/** As `start --json` has it, too. */
const result = z.looseObject({ ended: z.enum(ended), counts, planHash: z.string(), downgraded: z.int() });

const update = z.strictObject({ requestId: text, sentAt: time.nullable() });

const health = z.enum(['pass', 'fail', 'unread', 'watched']).nullable();

const instance = z.strictObject({
  account: z.string(),
  region: z.string(),
  name: z.string(),
  arn: z.string(),
  stage: text,
  before: options.nullable(),
  wanted: options.nullable(),
  after: options.nullable(),
  outcome: z.string(),
  reason: text,
  settledAt: time.nullable(),
  update: update.nullable(),
  restore: update.extend({ outcome: z.string(), settledAt: time.nullable() }).nullable(),
  downgraded: z.boolean(),
  tokenless: z
    .union([
      z.strictObject({ calls: z.number(), lastUsed: time.nullable(), readAt: time }),
      z.strictObject({ unknown: z.string(), readAt: time }),
    ])
    .nullable(),
  health: z.strictObject({ before: health, after: health, reason: text }).nullable(),
});

/** What `report --json` prints, and `report -o FILE.json` writes. */
export const reportJsonSchema = z.strictObject({
  format: z.literal('imds-rollout-report/1'),
  kind: z.enum(['rollout', 'rollback', 'plan']),
  headline: z.string(),
  writtenAt: time,
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
      startedAt: time,
      endedAt: time.nullable(),
      takesBack: z.array(z.strictObject({ workflowId: z.string(), runId: text })).optional(),
    })
    .nullable(),
  ended: z.enum([...ended, 'running', 'failed', 'cancelled', 'terminated', 'timed-out', 'planned']),
  reason: text,
  outcome: z
    .discriminatedUnion('status', [
      z.strictObject({ status: z.literal('completed'), result }),
      z.strictObject({
        status: z.literal('failed'),
        type: z.string(),
        message: z.string(),
        result: result.optional(),
      }),
    ])
    .optional(),
  versions: z.strictObject({
    report: z.string(),
    worker: text,
    temporalSdk: text,
    temporalServer: text,
    workerBuilds: z.array(z.string()),
  }),
  spec: z.strictObject({ input: z.unknown(), sha256 }).nullable(),
  bounds: z.strictObject({
    planHash: z.string().optional(),
    only: z.array(z.string()).optional(),
    limit: z.int().optional(),
    until: z.string().optional(),
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
  counts,
  coverage: coverage.nullable(),
  stages: z.array(
    z.strictObject({
      name: z.string(),
      size: z.int(),
      counts,
      bakeMs: z.number(),
      startedAt: time.nullable(),
      endedAt: time.nullable(),
    }),
  ),
  holds: z.array(
    z.strictObject({
      for: z.enum(['bake', 'approval', 'window', 'freeze', 'paused', 'health', 'evidence', 'lease']),
      stage: text,
      since: time,
      until: time.nullable(),
      reason: text,
    }),
  ),
  messages: z.array(
    z.strictObject({
      at: time,
      message: z.string(),
      by: text,
      reason: text,
      identity: text,
      says: text,
      answered: z.enum(['taken', 'refused']).nullable(),
    }),
  ),
  events: z.array(
    z.strictObject({ at: time, event: z.string(), by: z.string().optional(), reason: z.string().optional() }),
  ),
  waivers: z.array(
    z.strictObject({ names: z.array(z.string()), reason: z.string(), owner: text, until: text, instances: z.int() }),
  ),
  allowed: z.array(z.strictObject({ arn: z.string(), name: z.string(), detail: z.string() })),
  downgraded: z.array(z.string()),
  instances: z.array(instance),
  warnings: z.array(z.string()),
  gaps: z.array(z.string()),
  undo: z.looseObject({ format: z.literal('imds-rollout-undo/1'), entries: z.array(z.unknown()) }).optional(),
  sha256,
});

export type ReportJson = SealedReport;

/** What `report --verify FILE --json` prints. */
export const verifyJsonSchema = z.strictObject({
  file: z.string(),
  intact: z.boolean(),
  stated: text,
  actual: sha256,
});

export type VerifyJson = z.infer<typeof verifyJsonSchema>;

/** Both say the same: a member that only one of them has is noticed here. */
type Keys = keyof z.infer<typeof reportJsonSchema>;
true satisfies [Keys] extends [keyof SealedReport] ? ([keyof SealedReport] extends [Keys] ? true : false) : false;
