import type { ScheduleOptions, ScheduleOverlapPolicy } from '@temporalio/client';
import { type DurationText, formatDuration, parseDuration } from '../rollout/duration.js';
import type { Problem } from '../rollout/problem.js';
import { DEFAULT_TASK_QUEUE } from '../rollout/queues.js';
import type { RolloutSpec, RolloutSpecInput } from '../rollout/spec.js';
import { unattendedProblems } from '../rollout/unattended.js';
import { InvalidRolloutSpecError, InvalidScheduleError } from './errors.js';
import { checkStart, defaultWorkflowId, describeStart, summarizeStart } from './rollout-client.js';
import { checkTiming, type ScheduleTiming } from './schedule-timing.js';
import { type ScheduleView, writeInterval, writeJitter, writtenCron } from './schedule-view.js';

/** When, and how, a schedule starts rollouts of a spec. */
export interface ScheduleWish extends ScheduleTiming {
  /** Default: `imds-rollout-<name of the spec>`. The workflow ID of each run is this and the time. */
  readonly id?: string;
  /** Default: `lightsail-imds-rollout`. */
  readonly taskQueue?: string;
  /** A time that comes while a run is open: `skip` (default) passes it over, `buffer-one` starts one run once that has ended. */
  readonly overlap?: keyof typeof OVERLAPS;
  /** How late a run may start that the server couldn't start in time. Default: `1h`. */
  readonly catchUp?: DurationText;
  /** A run that fails pauses the schedule until somebody has looked. Default: true. */
  readonly pauseOnFailure?: boolean;
}

/** The others end a run in the middle of its changes, or let two of them meet at the lease. */
const OVERLAPS = { skip: 'SKIP', 'buffer-one': 'BUFFER_ONE' } as const satisfies Record<string, ScheduleOverlapPolicy>;

const DEFAULT_CATCH_UP = '1h';

/** Beyond it, the time that is added for each run, and the batches below it, would come near the server's limit. */
const SCHEDULE_ID = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,199}$/;

/** The workflow type of a rollout, for clients of your own. */
export const ROLLOUT_TYPE = 'imdsRollout';

/** The ID of a schedule whose wish names none. @example defaultScheduleId('prod-imdsv2') // 'imds-rollout-prod-imdsv2' */
export function defaultScheduleId(name: string): string {
  return defaultWorkflowId(name);
}

/** What is wanted, for the server and for a comparison. */
export interface ScheduleRequest {
  readonly options: ScheduleOptions;
  readonly view: ScheduleView;
}

/** @throws InvalidRolloutSpecError, InvalidScheduleError */
export function requestSchedule(input: RolloutSpecInput, wish: ScheduleWish): ScheduleRequest {
  const { spec } = checkStart(input);
  const unattended = unattendedProblems(spec);
  if (unattended.length > 0) throw new InvalidRolloutSpecError(unattended);
  const timing = checkTiming(wish);
  const id = wish.id ?? defaultScheduleId(spec.name);
  const { overlap = 'skip', catchUp = DEFAULT_CATCH_UP, pauseOnFailure = true } = wish;
  const catchUpMs = parseDuration(catchUp);
  const problems = [...(timing.ok ? [] : timing.problems), ...policyProblems(id, overlap, catchUp, catchUpMs)];
  if (!timing.ok || catchUpMs === undefined || problems.length > 0) throw new InvalidScheduleError(problems);
  const action = actionOf(input, spec, id, wish.taskQueue ?? DEFAULT_TASK_QUEUE);
  return {
    options: {
      scheduleId: id,
      spec: timing.spec,
      action,
      policies: { overlap: OVERLAPS[overlap], catchupWindow: catchUpMs, pauseOnFailure },
    },
    view: {
      spec: input,
      cron: writtenCron(wish.cron),
      every: (timing.spec.intervals ?? []).map(({ every, offset }) =>
        writeInterval(Number(every), Number(offset ?? 0)),
      ),
      calendar: writtenCron(wish.calendar),
      otherTimes: [],
      timeZone: wish.timeZone ?? 'UTC',
      jitter: writeJitter(wish.jitter === undefined ? undefined : parseDuration(wish.jitter)),
      overlap: OVERLAPS[overlap],
      catchUp: formatDuration(catchUpMs),
      pauseOnFailure,
      taskQueue: action.taskQueue,
      workflowType: ROLLOUT_TYPE,
      workflowId: id,
    },
  };
}

function policyProblems(id: string, overlap: string, catchUp: string, catchUpMs: number | undefined): Problem[] {
  const problems: Problem[] = [];
  if (!SCHEDULE_ID.test(id)) {
    const allowed = 'letters, digits and . _ : -, at most 200, the first one a letter or digit';
    problems.push({ path: 'id', message: `"${id}" must be ${allowed}` });
  }
  if (!Object.hasOwn(OVERLAPS, overlap)) {
    const message = `"${overlap}" must be ${Object.keys(OVERLAPS).join(' or ')}: the other policies of Temporal end a rollout in the middle, or start one that finds the lease taken`;
    problems.push({ path: 'overlap', message });
  }
  if (catchUpMs === undefined || catchUpMs < MIN_CATCH_UP) {
    problems.push({ path: 'catchUp', message: `"${catchUp}" must be a duration of at least 10s, such as 1h` });
  }
  return problems;
}

/** The server makes less of it into this, in milliseconds. */
const MIN_CATCH_UP = 10_000;

function actionOf(input: RolloutSpecInput, spec: RolloutSpec, workflowId: string, taskQueue: string) {
  return {
    type: 'startWorkflow',
    workflowType: ROLLOUT_TYPE,
    workflowId,
    taskQueue,
    args: [input],
    memo: { spec: spec.name },
    staticSummary: summarizeStart(spec),
    staticDetails: describeStart(spec, {}),
  } satisfies ScheduleOptions['action'];
}
