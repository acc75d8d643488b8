import { z } from 'zod';
import { type AuditEntry, type AuditUsage, POSTURES } from '../../rollout/audit.js';
import { optionsSchema, placeSchema, timeSchema } from './parts.js';

const postureSchema = z.enum(POSTURES);

const usageSchema = z.union([
  z.strictObject({
    calls: z.int(),
    lastUsed: timeSchema.nullable(),
    hours: z.int().describe('the hours that the metric has data of'),
    expected: z.int().describe('of how many hours it might'),
  }),
  z
    .strictObject({ unknown: z.string(), hours: z.int().exactOptional(), expected: z.int().exactOptional() })
    .describe('there is no data, or data of too few hours, which is never zero'),
  z.strictObject({ unread: z.string() }).describe("the metric can't be read"),
]) satisfies z.ZodType<AuditUsage>;

const entrySchema = placeSchema.extend({
  state: z.string(),
  blueprint: z.string().nullable(),
  createdAt: timeSchema.nullable(),
  options: optionsSchema.nullable().describe('as read; null where nothing could be'),
  posture: postureSchema,
  why: z.string().describe('what is missing, or why it is exempt; empty where it is compliant'),
  usage: usageSchema.nullable().exactOptional().describe('with --usage; null where tokens are required'),
}) satisfies z.ZodType<AuditEntry>;

/** What `audit --json` prints. */
export const auditJsonSchema = z.strictObject({
  at: timeSchema,
  policy: optionsSchema.describe('the options that are wanted, overrides aside'),
  regions: z.array(z.string()).readonly(),
  unread: z
    .array(z.strictObject({ account: z.string().exactOptional(), region: z.string(), why: z.string() }))
    .readonly()
    .describe('without account: in that of the credentials'),
  counts: z.strictObject({ noncompliant: z.int(), unknown: z.int(), exempt: z.int(), compliant: z.int() }),
  instances: z.array(entrySchema).readonly(),
  usage: z
    .strictObject({ lookback: z.string(), unread: z.array(z.string()).readonly() })
    .exactOptional()
    .describe('with --usage: how far back, and whose usage can not be read'),
  worse: z
    .array(z.strictObject({ arn: z.string(), before: postureSchema.nullable(), now: postureSchema }))
    .readonly()
    .exactOptional()
    .describe('with --baseline: what has become worse since; before is null where the instance is new'),
});

export type AuditJson = z.infer<typeof auditJsonSchema>;
