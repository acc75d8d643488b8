import type { ScheduleDescription } from '@temporalio/client';
import { type WorkflowExecutionDescription, WorkflowNotFoundError } from '@temporalio/client';
import pMap from 'p-map';
import { viewSchedule } from '../../client/index.js';
import type { Problem } from '../../rollout/problem.js';
import { parseSpec, type RolloutSpec } from '../../rollout/spec.js';
import { unattendedProblems, unattendedWarnings } from '../../rollout/unattended.js';
import type { ListedRollout } from '../json/list.js';
import type { ScheduledRunJson, ScheduleJson, TimingJson } from '../json/schedule.js';
import { describeRollouts } from '../list-rollouts.js';
import { describeTiming } from '../render/schedule-timing.js';
import { describePhase } from '../render/status.js';
import type { Session } from '../temporal.js';
import type { FoundSchedule } from './find-schedule.js';
import { scheduledTime } from './scheduled-times.js';

const ANSWER_TIMEOUT = 10_000;
/** Questions to the server at once. */
const AT_ONCE = 8;
const SHOWN_TIMES = 5;

/** All that can be said of a schedule. */
export async function readSchedule(session: Session, { id, description }: FoundSchedule): Promise<ScheduleJson> {
  const { policies, state, info } = description;
  const { spec: input, taskQueue, overlap } = viewSchedule(description);
  const { spec, problems } = checkSpec(input);
  return {
    scheduleId: id,
    namespace: session.namespace,
    address: session.address,
    name: nameOf(description),
    state: state.paused ? 'paused' : 'active',
    note: state.note || null,
    spec: input,
    problems,
    warnings: spec === undefined ? [] : unattendedWarnings(spec),
    taskQueue,
    timing: timingJson(description),
    policy: {
      overlap,
      catchUpMs: policies.catchupWindow,
      pauseOnFailure: policies.pauseOnFailure,
    },
    nextTimes: nextTimes(description),
    runs: await readRuns(session, description),
    counts: {
      started: info.numActionsTaken,
      skippedOverlap: info.numActionsSkippedOverlap,
      missedCatchUp: info.numActionsMissedCatchupWindow,
    },
    createdAt: info.createdAt.toISOString(),
    updatedAt: info.lastUpdatedAt?.toISOString() ?? null,
  };
}

/** Read as on this day: a run checks it again on its own. */
function checkSpec(input: unknown): { readonly spec: RolloutSpec | undefined; readonly problems: Problem[] } {
  const check = parseSpec(input, new Date().toISOString().slice(0, 10));
  if (!check.ok) return { spec: undefined, problems: [...check.problems] };
  return { spec: check.spec, problems: unattendedProblems(check.spec) };
}

/** Of the spec. */
export function nameOf({ action }: ScheduleDescription): string | null {
  const [input] = action.args ?? [];
  if (typeof input !== 'object' || input === null || !('name' in input)) return null;
  return typeof input.name === 'string' ? input.name : null;
}

export function timingJson(description: ScheduleDescription): TimingJson {
  const { cron, every, calendar, timeZone } = viewSchedule(description);
  const { spec } = description;
  return {
    words: describeTiming(spec),
    cron: [...cron],
    every: [...every],
    calendar: [...calendar],
    timeZone,
    jitterMs: spec.jitter ?? 0,
  };
}

export function nextTimes({ spec, info }: ScheduleDescription): ScheduleJson['nextTimes'] {
  return info.nextActionTimes.slice(0, SHOWN_TIMES).map((at) => scheduledTime(at, spec.timezone || 'UTC'));
}

/** A run that a schedule has started, as far as the server still has it. */
interface StartedRun {
  readonly workflowId: string;
  readonly runId: string;
  readonly scheduledAt: Date;
  readonly takenAt: Date;
  readonly info: WorkflowExecutionDescription | undefined;
}

async function readRuns(session: Session, { info }: ScheduleDescription): Promise<ScheduledRunJson[]> {
  const started = await pMap(
    info.recentActions.toReversed(),
    async ({ scheduledAt, takenAt, action: { workflow } }): Promise<StartedRun> => {
      const { workflowId, firstExecutionRunId: runId } = workflow;
      return { workflowId, runId, scheduledAt, takenAt, info: await describeRun(session, workflowId, runId) };
    },
    { concurrency: AT_ONCE },
  );
  const known = await describeRollouts(
    session,
    started.flatMap((run) => run.info ?? []),
  );
  const byRun = new Map(known.map((rollout) => [rollout.runId, rollout]));
  return started.map((run) => runJson(run, byRun.get(run.runId)));
}

function runJson({ workflowId, runId, scheduledAt, takenAt }: StartedRun, rollout: ListedRollout | undefined) {
  const pointers = { workflowId, runId, scheduledAt: scheduledAt.toISOString() };
  if (rollout === undefined) {
    return { ...pointers, startedAt: takenAt.toISOString(), endedAt: null, state: 'gone', counts: null } as const;
  }
  const { startedAt, endedAt, state, error, counts, phase, stage, waiting = null } = rollout;
  return {
    ...pointers,
    startedAt,
    endedAt,
    state,
    ...(error !== undefined && { error }),
    ...(phase !== undefined && {
      now: describePhase({ phase, waiting, ...(stage !== undefined && { stage }) }, 'rollout'),
    }),
    counts,
  };
}

/** @returns undefined where the server has it no longer */
async function describeRun(
  session: Session,
  workflowId: string,
  runId: string,
): Promise<WorkflowExecutionDescription | undefined> {
  try {
    return await session.within(ANSWER_TIMEOUT, () => session.client.workflow.getHandle(workflowId, runId).describe());
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
}

/** Runs that are open. The schedule hears of their ends after a moment only, so they are asked themselves. */
export async function openRuns(
  session: Session,
  { info }: ScheduleDescription,
): Promise<{ readonly workflowId: string; readonly runId: string }[]> {
  const runs = info.runningActions.map(({ workflow }) => workflow);
  const open = await pMap(
    runs,
    async ({ workflowId, firstExecutionRunId: runId }) => {
      const run = await describeRun(session, workflowId, runId);
      return run?.status.name === 'RUNNING' ? [{ workflowId, runId }] : [];
    },
    { concurrency: AT_ONCE },
  );
  return open.flat();
}
