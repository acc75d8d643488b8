import { z } from 'zod';
import type { LogEntry, RolloutStatus, Waiting } from '../../rollout/status.js';
import { outcomeSchema } from './outcome.js';
import { countsSchema, evidenceSchema, stageStatusSchema, timeSchema } from './parts.js';

const logEntrySchema = z.strictObject({
  at: timeSchema,
  event: z.string(),
  by: z.string().exactOptional(),
  reason: z.string().exactOptional(),
}) satisfies z.ZodType<LogEntry>;

export const phaseSchema = z.enum(['planning', 'applying', 'waiting', 'verifying', 'reverting', 'ended']);

export const waitingSchema = z.strictObject({
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
  since: timeSchema,
  until: timeSchema.exactOptional(),
  reason: z.string().exactOptional(),
}) satisfies z.ZodType<Waiting>;

/** How a rollout stands: what the `status` query answers. */
const rolloutStatusSchema = z.strictObject({
  name: z.string(),
  title: z.string().exactOptional().describe('how it stands, in one line'),
  phase: phaseSchema,
  stage: z.string().exactOptional().describe('missing before the first stage and after the last'),
  waiting: waitingSchema.nullable(),
  counts: countsSchema,
  stages: z.array(stageStatusSchema).readonly(),
  budget: z.strictObject({
    failed: z.int(),
    allowedInStage: z.int().exactOptional(),
    maxTotal: z.int().exactOptional(),
    tripped: z.string().exactOptional(),
  }),
  unreadable: z.string().exactOptional(),
  journal: z.string().exactOptional().describe("why the worker's undo file isn't up to date"),
  evidence: evidenceSchema.exactOptional(),
  planHash: z.string().exactOptional(),
  warnings: z.array(z.string()).readonly().exactOptional(),
  paused: logEntrySchema.exactOptional(),
  aborted: logEntrySchema.extend({ mode: z.enum(['halt', 'rollback']) }).exactOptional(),
  rollbackUntil: timeSchema.exactOptional().describe('until when a rollback can read the history'),
  failures: z.array(z.string()).readonly().exactOptional().describe('the last ones, each in a line, the newest last'),
  log: z.array(logEntrySchema).readonly(),
}) satisfies z.ZodType<RolloutStatus>;

/** What `status --json` prints. */
export const statusJsonSchema = z.strictObject({
  workflowId: z.string(),
  runId: z.string(),
  taskQueue: z.string(),
  open: z.boolean(),
  status: rolloutStatusSchema.nullable().describe('null where it has ended and no worker answers'),
  failing: z
    .strictObject({ workflowId: z.string(), workflowType: z.string(), attempt: z.int(), message: z.string() })
    .exactOptional()
    .describe('a workflow task of it, or of a workflow that it has started, that keeps failing'),
  outcome: outcomeSchema.exactOptional().describe('once it has ended'),
});

export type StatusJson = z.infer<typeof statusJsonSchema>;

/** What the operator's messages print with `--json`. */
export const messageJsonSchema = z.strictObject({
  workflowId: z.string(),
  message: z.string(),
  by: z.string(),
  reason: z.string().exactOptional(),
  sentAs: z.literal('signal').exactOptional().describe('where the run takes no more Updates'),
  status: rolloutStatusSchema.describe('with the message in force'),
});

export type MessageJson = z.infer<typeof messageJsonSchema>;
