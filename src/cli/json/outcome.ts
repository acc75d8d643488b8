import { z } from 'zod';
import type { RolloutOutcome } from '../../client/index.js';
import type { RolloutResult } from '../../rollout/status.js';
import { countsSchema, coverageSchema, evidenceSchema, stageStatusSchema, timeSchema } from './parts.js';

export const endedSchema = z.enum(['completed', 'rolled-back', 'rollback-incomplete', 'halted', 'aborted']);

const resultSchema = z.strictObject({
  ended: endedSchema,
  title: z.string().exactOptional().describe('how it stands, in one line'),
  reason: z.string().exactOptional(),
  counts: countsSchema,
  stages: z.array(stageStatusSchema).readonly(),
  exceptions: z
    .array(
      z.strictObject({
        scope: z.string().describe('account:region'),
        name: z.string(),
        arn: z.string(),
        outcome: z.string(),
        reason: z.string(),
      }),
    )
    .readonly()
    .describe('those that ended otherwise than changed, compliant or restored; the worst first, at most 100'),
  exceptionsLeftOut: z.int().exactOptional(),
  evidence: evidenceSchema.exactOptional(),
  warnings: z
    .array(z.string())
    .readonly()
    .exactOptional()
    .describe('of how it went, such as that something else writes there'),
  journal: z.string().exactOptional().describe("why the worker's undo file isn't up to date"),
  coverage: coverageSchema.exactOptional().describe('the selection as the last sweep found it'),
  downgraded: z.int().describe('targets whose httpTokens went from required back to optional'),
  planHash: z.string(),
  rollbackUntil: timeSchema.exactOptional(),
}) satisfies z.ZodType<RolloutResult>;

/** How a rollout ended. */
export const outcomeSchema = z.discriminatedUnion('status', [
  z.strictObject({ status: z.literal('completed'), result: resultSchema }),
  z.strictObject({
    status: z.literal('failed'),
    type: z.string(),
    message: z.string(),
    result: resultSchema.exactOptional().describe('missing where it ended before it had a plan'),
  }),
]) satisfies z.ZodType<RolloutOutcome>;

/** What `run`, `start`, `watch`, `retry` and `rollback` print with `--json`. */
export const rolloutJsonSchema = z.strictObject({
  workflowId: z.string(),
  runId: z.string(),
  namespace: z.string(),
  address: z.string(),
  taskQueue: z.string(),
  state: z
    .enum(['started', 'ended', 'left', 'no-worker'])
    .describe(
      'started: it goes on by itself; left: the watch was ended, and it goes on (with `run`, once that is resumed); no-worker: it waits for one',
    ),
  outcome: outcomeSchema.exactOptional().describe('with state ended'),
  exitCode: z.int(),
});

export type RolloutJson = z.infer<typeof rolloutJsonSchema>;
