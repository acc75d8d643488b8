import { iso, z } from 'zod';
import type { Counts } from '../../rollout/ledger.js';
import type { MetadataOptions } from '../../rollout/options.js';
import { OUTCOME_KINDS, type OutcomeKind } from '../../rollout/outcome.js';
import type { Coverage, EvidenceSummary, StageStatus } from '../../rollout/status.js';

/** ISO 8601, UTC. */
export const timeSchema = iso.datetime();

/** Metadata options as the API names them. */
export const optionsSchema = z.strictObject({
  httpTokens: z.enum(['optional', 'required']).exactOptional(),
  httpEndpoint: z.enum(['enabled', 'disabled']).exactOptional(),
  httpPutResponseHopLimit: z.int().exactOptional(),
  httpProtocolIpv6: z.enum(['enabled', 'disabled']).exactOptional(),
}) satisfies z.ZodType<MetadataOptions>;

/** Where an instance is. */
export const placeSchema = z.strictObject({
  account: z.string(),
  region: z.string(),
  name: z.string(),
  arn: z.string(),
});

const kindCounts = Object.fromEntries(OUTCOME_KINDS.map((kind) => [kind, z.int().exactOptional()])) as {
  [Kind in OutcomeKind]: z.ZodExactOptional<z.ZodInt>;
};

/** A number for each outcome that occurs. */
export const countsSchema = z.strictObject({
  total: z.int(),
  inFlight: z.int(),
  ...kindCounts,
}) satisfies z.ZodType<Counts>;

export const stageStatusSchema = z.strictObject({
  name: z.string(),
  size: z.int(),
  counts: countsSchema,
}) satisfies z.ZodType<StageStatus>;

export const evidenceSchema = z.strictObject({
  allowed: z
    .array(z.strictObject({ arn: z.string(), name: z.string(), detail: z.string() }))
    .readonly()
    .describe('instances that go ahead only because evidence.allow names them, at most 20'),
  allowedLeftOut: z.int().exactOptional(),
}) satisfies z.ZodType<EvidenceSummary>;

/** The selection as the last sweep found it. */
export const coverageSchema = z.strictObject({
  total: z.int(),
  required: z.int(),
  optional: z.int(),
  unknown: z.int(),
  newSincePlan: z.int(),
}) satisfies z.ZodType<Coverage>;
