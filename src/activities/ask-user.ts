import { once } from 'node:events';
import type { Context } from '@temporalio/activity';
import pMap from 'p-map';
import { redactLine } from '../lightsail/index.js';
import { chunk } from '../rollout/batch.js';
import { messageOf } from '../rollout/error-message.js';
import type { HealthCheck, HealthReading, WatchInput } from '../rollout/health.js';
import { mainQueue } from '../rollout/queues.js';
import { USER_CHECK_MAX_TARGETS, type UserCheckCall, type UserCheckTarget, unclear } from '../rollout/user-check.js';
import type { WorkerSettings } from './settings.js';

type ActivityCheck = Extract<HealthCheck, { kind: 'activity' }>;

/** One instance that an activity of the user's is asked about. */
export interface Asked {
  /** @see askedKey */
  readonly key: string;
  readonly check: ActivityCheck;
  readonly stage: string;
  readonly target: UserCheckTarget;
}

interface Asking {
  readonly input: WatchInput;
  readonly settings: WorkerSettings;
  readonly context: Context;
  /** Ends the round. */
  readonly signal: AbortSignal;
}

/** The same for every check by the same activity. */
export function askedKey({ taskQueue, type }: ActivityCheck, arn: string): string {
  return JSON.stringify([taskQueue, type, arn]);
}

/** A call ends after this time, whatever it does. */
const CALL_TIMEOUT = '5m';

/** Calls under way at once. */
const CALLS_AT_ONCE = 10;

/** A worker of the user's takes a call up within an interval, but for these bounds, in milliseconds. */
const PATIENCE = { least: 5_000, most: 60_000 } as const;

/**
 * Asks the user's activities about instances, up to 200 of one stage in a call. An activity can call no other, so a small
 * workflow does, one for each call, that leaves nothing in the rollout's own history.
 *
 * @returns what they say, by the key of what was asked; whatever goes wrong is inconclusive
 */
export async function askUser(asked: readonly Asked[], asking: Asking): Promise<ReadonlyMap<string, HealthReading>> {
  const { taskQueues = [] } = asking.settings;
  const answers = new Map<string, HealthReading>();
  // Several checks may name the same activity, and one answer serves them all.
  const distinct = [...new Map(asked.map((one) => [one.key, one])).values()];
  for (const { key, check } of distinct) {
    if (taskQueues.includes(check.taskQueue)) continue;
    answers.set(key, unclear(`refused: ${check.taskQueue} is not among the worker's taskQueues`));
  }
  const calls = groupCalls(distinct.filter(({ key }) => !answers.has(key)));
  const ask = async (call: readonly Asked[], index: number) => {
    const readings = await askOnce(call, index, asking);
    call.forEach(({ key }, place) => {
      answers.set(key, redacted(readings[place] ?? unclear('the check gave no answer')));
    });
  };
  await pMap(calls, ask, { concurrency: CALLS_AT_ONCE });
  return answers;
}

/** Up to 200 instances of the same stage and activity. */
function groupCalls(asked: readonly Asked[]): (readonly Asked[])[] {
  const groups = new Map<string, Asked[]>();
  for (const one of asked) {
    const { check, stage } = one;
    const key = JSON.stringify([check.taskQueue, check.type, stage]);
    const group = groups.get(key) ?? [];
    group.push(one);
    groups.set(key, group);
  }
  return [...groups.values()].flatMap((group) => chunk(group, USER_CHECK_MAX_TARGETS));
}

async function askOnce(
  asked: readonly Asked[],
  index: number,
  { input: { rollout, mode, interval }, context, signal }: Asking,
): Promise<readonly HealthReading[]> {
  const [first] = asked;
  if (first === undefined) return [];
  const { check, stage } = first;
  const when = mode === 'before' ? 'before' : 'after';
  const call: UserCheckCall = {
    type: check.type,
    taskQueue: check.taskQueue,
    patience: Math.min(PATIENCE.most, Math.max(PATIENCE.least, interval)),
    input: { rollout, stage, when, targets: asked.map(({ target }) => target) },
  };
  try {
    return await callWorkflow(call, index, context, signal);
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    const reading = unclear(`the check could not be asked: ${messageOf(cause)}`);
    return asked.map(() => reading);
  }
}

type HealthCheckWorkflow = (call: UserCheckCall) => Promise<readonly HealthReading[]>;

async function callWorkflow(
  call: UserCheckCall,
  index: number,
  { info, client }: Context,
  signal: AbortSignal,
): Promise<readonly HealthReading[]> {
  const { rollout, stage, when, targets } = call.input;
  signal.throwIfAborted();
  const handle = await client.workflow.start<HealthCheckWorkflow>('imdsHealthCheck', {
    // An activity ID belongs to one watch of the run; its next round, or next attempt, takes the ID over.
    workflowId: [rollout, 'health', info.workflowExecution?.runId ?? info.activityRunId, info.activityId, index].join(
      '/',
    ),
    workflowIdConflictPolicy: 'TERMINATE_EXISTING',
    workflowExecutionTimeout: CALL_TIMEOUT,
    taskQueue: mainQueue(info.taskQueue),
    args: [call],
    staticSummary: `${stage}: ${targets.length} instances, ${when} the change`,
  });
  const answered = new AbortController();
  try {
    return await Promise.race([handle.result(), throwAtEnd(signal, answered.signal)]);
  } catch (error) {
    // A watch that is to end waits for nobody, and a worker that stops still less.
    if (signal.aborted) void handle.terminate('the watch has ended').catch(() => undefined);
    throw error;
  } finally {
    answered.abort();
  }
}

/** Rejects when `signal` aborts; `done` takes its listener away. */
async function throwAtEnd(signal: AbortSignal, done: AbortSignal): Promise<never> {
  if (!signal.aborted) await once(signal, 'abort', { signal: done });
  throw signal.reason;
}

/** Its reason is of somebody else's making. */
function redacted({ verdict, reason }: HealthReading): HealthReading {
  return { verdict, reason: redactLine(reason) };
}
