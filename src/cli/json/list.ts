import { z } from 'zod';
import { endedSchema } from './outcome.js';
import { countsSchema, timeSchema } from './parts.js';
import { phaseSchema, waitingSchema } from './status.js';

/** `failed`: with an error that no plan came before, or that isn't an end of a rollout's own. */
export const listedStateSchema = z.enum([
  'open',
  ...endedSchema.options,
  'failed',
  'cancelled',
  'terminated',
  'timed-out',
]);

export type ListedState = z.infer<typeof listedStateSchema>;

/** One rollout or rollback. */
const listedRolloutSchema = z.strictObject({
  workflowId: z.string(),
  runId: z.string(),
  kind: z.enum(['rollout', 'rollback']),
  name: z.string().nullable().describe('of the spec; null where nobody says'),
  planHash: z.string().nullable(),
  taskQueue: z.string(),
  state: listedStateSchema,
  answered: z.boolean().exactOptional().describe('false where it is open and no worker says how it stands'),
  phase: phaseSchema.exactOptional(),
  stage: z.string().exactOptional(),
  waiting: waitingSchema.nullable().exactOptional(),
  startedAt: timeSchema,
  endedAt: timeSchema.nullable(),
  error: z.string().exactOptional().describe('the type of the failure'),
  counts: countsSchema.nullable().describe('null where nobody says'),
});

export type ListedRollout = z.infer<typeof listedRolloutSchema>;

/** What `list --json` prints. */
export const listJsonSchema = z.strictObject({
  rollouts: z.array(listedRolloutSchema).readonly().describe('the newest first'),
  more: z.boolean().describe('there are more than were asked for'),
});

export type ListJson = z.infer<typeof listJsonSchema>;
