import { z } from 'zod';

/** ISO 8601, UTC. */
const time = z.iso.datetime();

/** One time at which a schedule starts a run. */
export const scheduledTimeSchema = z.strictObject({
  utc: time,
  /** ISO 8601 with its offset, in the time zone of the schedule. */
  local: z.iso.datetime({ offset: true }),
});

export const timingSchema = z.strictObject({
  /** For a person. */
  words: z.array(z.string()),
  /** As they were given; empty where somebody else has made the schedule. */
  cron: z.array(z.string()),
  every: z.array(z.string()),
  calendar: z.array(z.string()),
  timeZone: z.string(),
  jitterMs: z.number(),
});

const pointers = { scheduleId: z.string(), namespace: z.string(), address: z.string() };

/** A run that a schedule has started. */
export const scheduledRunSchema = z.strictObject({
  workflowId: z.string(),
  runId: z.string(),
  scheduledAt: time,
  startedAt: time,
  endedAt: time.nullable(),
  /** `gone`: the server no longer has it. The others are those of `list --json`. */
  state: z.enum([
    'open',
    'completed',
    'rolled-back',
    'rollback-incomplete',
    'halted',
    'aborted',
    'failed',
    'cancelled',
    'terminated',
    'timed-out',
    'gone',
  ]),
  /** Type of the failure. */
  error: z.string().optional(),
  /** In a few words, where it is open and a worker says so. */
  now: z.string().optional(),
  counts: z.record(z.string(), z.number()).nullable(),
});

/** What `schedule describe --json` prints. */
export const scheduleJsonSchema = z.strictObject({
  ...pointers,
  /** Of the spec; null where it says none. */
  name: z.string().nullable(),
  state: z.enum(['active', 'paused']),
  /** Why it is paused, or what was said when it was resumed. */
  note: z.string().nullable(),
  /** What each run is started with. */
  spec: z.unknown(),
  /** Why a run of today would refuse that spec. */
  problems: z.array(z.strictObject({ path: z.string(), message: z.string() })),
  warnings: z.array(z.string()),
  taskQueue: z.string(),
  timing: timingSchema,
  policy: z.strictObject({ overlap: z.string(), catchUpMs: z.number(), pauseOnFailure: z.boolean() }),
  /** At most five, the next one first. */
  nextTimes: z.array(scheduledTimeSchema),
  /** The last ones that were started, at most ten, the newest first. */
  runs: z.array(scheduledRunSchema),
  /** Since its creation: started; passed over while a run was open; not made up for after an outage. */
  counts: z.strictObject({ started: z.number(), skippedOverlap: z.number(), missedCatchUp: z.number() }),
  createdAt: time,
  updatedAt: time.nullable(),
});

/** What `schedule create --json` prints. */
export const scheduleCreateJsonSchema = z.strictObject({
  ...pointers,
  change: z.enum(['created', 'updated', 'unchanged']),
  /** `before` is missing where there was nothing, and `after` where there is nothing any more. */
  differences: z.array(
    z.strictObject({ path: z.string(), before: z.string().optional(), after: z.string().optional() }),
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
      /** The run that was started last. */
      lastRun: z.strictObject({ workflowId: z.string(), runId: z.string(), scheduledAt: time }).nullable(),
      /** Runs that are open. */
      open: z.number(),
    }),
  ),
});

/** What `schedule pause`, `resume` and `delete` print with `--json`. */
export const scheduleStateJsonSchema = z.strictObject({
  ...pointers,
  state: z.enum(['active', 'paused', 'deleted']),
  reason: z.string().optional(),
  /** Runs that are open, and go on. */
  open: z.array(z.strictObject({ workflowId: z.string(), runId: z.string() })),
});

/** What `schedule trigger --json` prints. */
export const scheduleTriggerJsonSchema = z.strictObject({
  ...pointers,
  /** `waiting`: it starts once the run that is open has ended. */
  state: z.enum(['started', 'waiting']),
  workflowId: z.string().optional(),
  runId: z.string().optional(),
});

export type ScheduledTimeJson = z.infer<typeof scheduledTimeSchema>;
export type TimingJson = z.infer<typeof timingSchema>;
export type ScheduledRunJson = z.infer<typeof scheduledRunSchema>;
export type ScheduleJson = z.infer<typeof scheduleJsonSchema>;
export type ScheduleCreateJson = z.infer<typeof scheduleCreateJsonSchema>;
export type ScheduleListJson = z.infer<typeof scheduleListJsonSchema>;
export type ScheduleStateJson = z.infer<typeof scheduleStateJsonSchema>;
export type ScheduleTriggerJson = z.infer<typeof scheduleTriggerJsonSchema>;
