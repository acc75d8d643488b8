import { iso, z } from 'zod';
import { listedStateSchema } from './list.js';
import { countsSchema, timeSchema } from './parts.js';

/** One time at which a schedule starts a run. */
const scheduledTimeSchema = z.strictObject({
  utc: timeSchema,
  local: iso.datetime({ offset: true }).describe('ISO 8601 with its offset, in the time zone of the schedule'),
});

const timingSchema = z.strictObject({
  words: z.array(z.string()).describe('for a person'),
  cron: z.array(z.string()).describe('as they were given; empty where somebody else has made the schedule'),
  every: z.array(z.string()),
  calendar: z.array(z.string()),
  timeZone: z.string(),
  jitterMs: z.int(),
});

const pointers = { scheduleId: z.string(), namespace: z.string(), address: z.string() };

/** A run that a schedule has started. */
const scheduledRunSchema = z.strictObject({
  workflowId: z.string(),
  runId: z.string(),
  scheduledAt: timeSchema,
  startedAt: timeSchema,
  endedAt: timeSchema.nullable(),
  state: z
    .enum([...listedStateSchema.options, 'gone'])
    .describe('as in list --json; gone: the server no longer has it'),
  error: z.string().exactOptional().describe('the type of the failure'),
  now: z.string().exactOptional().describe('in a few words, where it is open and a worker says so'),
  counts: countsSchema.nullable(),
});

/** What `schedule describe --json` prints. */
export const scheduleJsonSchema = z.strictObject({
  ...pointers,
  name: z.string().nullable().describe('of the spec; null where it says none'),
  state: z.enum(['active', 'paused']),
  note: z.string().nullable().describe('why it is paused, or what was said when it was resumed'),
  spec: z.unknown().describe('what each run is started with'),
  problems: z
    .array(z.strictObject({ path: z.string(), message: z.string() }))
    .describe('why a run of today would refuse that spec'),
  warnings: z.array(z.string()),
  taskQueue: z.string(),
  timing: timingSchema,
  policy: z.strictObject({ overlap: z.string(), catchUpMs: z.int(), pauseOnFailure: z.boolean() }),
  nextTimes: z.array(scheduledTimeSchema).describe('at most five, the next one first'),
  runs: z.array(scheduledRunSchema).describe('the last ones that were started, at most ten, the newest first'),
  counts: z
    .strictObject({ started: z.int(), skippedOverlap: z.int(), missedCatchUp: z.int() })
    .describe('since its creation: started; passed over while a run was open; not made up for after an outage'),
  createdAt: timeSchema,
  updatedAt: timeSchema.nullable(),
});

/** What `schedule create --json` prints. */
export const scheduleCreateJsonSchema = z.strictObject({
  ...pointers,
  change: z.enum(['created', 'updated', 'unchanged']),
  /** `before` is missing where there was nothing, and `after` where there is nothing any more. */
  differences: z.array(
    z.strictObject({ path: z.string(), before: z.string().exactOptional(), after: z.string().exactOptional() }),
  ),
  state: z.enum(['active', 'paused']),
  warnings: z.array(z.string()),
  timing: timingSchema,
  nextTimes: z.array(scheduledTimeSchema),
});

/** What `schedule list --json` prints. */
export const scheduleListJsonSchema = z.strictObject({
  schedules: z.array(
    z.strictObject({
      scheduleId: z.string(),
      name: z.string().nullable(),
      state: z.enum(['active', 'paused']),
      note: z.string().nullable(),
      timing: timingSchema,
      nextTime: scheduledTimeSchema.nullable(),
      lastRun: z
        .strictObject({ workflowId: z.string(), runId: z.string(), scheduledAt: timeSchema })
        .nullable()
        .describe('the run that was started last'),
      open: z.int().describe('runs that are open'),
    }),
  ),
});

/** What `schedule pause`, `resume` and `delete` print with `--json`. */
export const scheduleStateJsonSchema = z.strictObject({
  ...pointers,
  state: z.enum(['active', 'paused', 'deleted']),
  reason: z.string().exactOptional(),
  open: z
    .array(z.strictObject({ workflowId: z.string(), runId: z.string() }))
    .describe('runs that are open, and go on'),
});

/** What `schedule trigger --json` prints. */
export const scheduleTriggerJsonSchema = z.strictObject({
  ...pointers,
  state: z.enum(['started', 'waiting']).describe('waiting: it starts once the run that is open has ended'),
  workflowId: z.string().exactOptional(),
  runId: z.string().exactOptional(),
});

export type ScheduledTimeJson = z.infer<typeof scheduledTimeSchema>;
export type TimingJson = z.infer<typeof timingSchema>;
export type ScheduledRunJson = z.infer<typeof scheduledRunSchema>;
export type ScheduleJson = z.infer<typeof scheduleJsonSchema>;
export type ScheduleCreateJson = z.infer<typeof scheduleCreateJsonSchema>;
export type ScheduleListJson = z.infer<typeof scheduleListJsonSchema>;
export type ScheduleStateJson = z.infer<typeof scheduleStateJsonSchema>;
export type ScheduleTriggerJson = z.infer<typeof scheduleTriggerJsonSchema>;
