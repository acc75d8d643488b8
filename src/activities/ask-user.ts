import type { Context } from '@temporalio/activity';
import { z } from 'zod';
import { chunk } from '../rollout/batch.js';
import type { HealthCheck, HealthReading, WatchInput } from '../rollout/health.js';
import { cutReason } from '../rollout/outcome.js';
import { mainQueue } from '../rollout/queues.js';
import { scopeKey } from '../rollout/scope.js';
import type { UserCheckAnswer, UserCheckCall } from '../rollout/user-check.js';
import { USER_CHECK_MAX_TARGETS, type UserCheckTarget } from '../rollout/user-check.js';
import type { WorkerSettings } from './settings.js';

type ActivityCheck = Extract<HealthCheck, { kind: 'activity' }>;

/** One instance that an activity of the user's is asked about. */
export interface Asked {
  readonly key: string;
  readonly check: ActivityCheck;
  readonly stage: string;
  readonly target: UserCheckTarget;
}

interface Asking {
  readonly input: WatchInput;
  readonly settings: WorkerSettings;
  readonly context: Context;
}

/** A round of calls ends after this time, whatever they do. */
const ROUND_TIMEOUT = '5m';

/**
 * Asks the user's activities about instances, up to 200 of one stage in a call. An activity can call no other, so a small
 * workflow does, one for each round that leaves nothing in the rollout's own history.
 *
 * @returns what they say, by the key of what was asked; whatever goes wrong is inconclusive
 */
export async function askUser(
  asked: readonly Asked[],
  { input, settings, context }: Asking,
): Promise<ReadonlyMap<string, HealthReading>> {
  const answers = new Map<string, HealthReading>();
  const allowed = asked.filter(({ key, check }) => {
    if (settings.taskQueues?.includes(check.taskQueue)) return true;
    answers.set(key, unclear(`refused: ${check.taskQueue} is not among the worker's taskQueues`));
    return false;
  });
  const calls = [...groupCalls(allowed).values()].flatMap((same) => chunk(same, USER_CHECK_MAX_TARGETS));
  if (calls.length === 0) return answers;
  const replies = await callAll(calls, { input, settings, context });
  calls.forEach((call, index) => {
    const reply = replies[index] ?? { error: 'no answer' };
    for (const [key, reading] of readReply(call, reply)) answers.set(key, reading);
  });
  return answers;
}

function groupCalls(asked: readonly Asked[]): Map<string, Asked[]> {
  const groups = new Map<string, Asked[]>();
  for (const one of asked) {
    const { check, stage } = one;
    const key = JSON.stringify([check.taskQueue, check.type, stage]);
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  return groups;
}

async function callAll(calls: readonly (readonly Asked[])[], { input, context }: Asking): Promise<UserCheckAnswer[]> {
  const { rollout, scope, mode } = input;
  const when = mode === 'before' ? 'before' : 'after';
  const args = calls.flatMap(([first, ...rest]): UserCheckCall[] => {
    if (first === undefined) return [];
    const { check, stage } = first;
    const targets = [first, ...rest].map(({ target }) => target);
    return [{ type: check.type, taskQueue: check.taskQueue, input: { rollout, stage, when, targets } }];
  });
  try {
    const { info, client } = context;
    return await client.workflow.execute('imdsHealthCheck', {
      // One at a time for each watch; the next round takes the ID over.
      workflowId: `${rollout}/health/${scopeKey(scope)}/${info.activityId}`,
      workflowIdConflictPolicy: 'TERMINATE_EXISTING',
      workflowExecutionTimeout: ROUND_TIMEOUT,
      taskQueue: mainQueue(info.taskQueue),
      args: [args],
      staticSummary: `${when} the change: ${args.length} calls`,
    });
  } catch (error) {
    const why =
      error instanceof Error ? (error.cause instanceof Error ? error.cause.message : error.message) : String(error);
    return calls.map(() => ({ error: cutReason(`the check could not be asked: ${why}`) }));
  }
}

const answerSchema = z.array(
  z.object({
    arn: z.string(),
    result: z.enum(['pass', 'fail', 'inconclusive']),
    reason: z.string().nullish(),
  }),
);

function readReply(call: readonly Asked[], reply: UserCheckAnswer): [string, HealthReading][] {
  if ('error' in reply) return call.map(({ key }) => [key, unclear(reply.error)]);
  const parsed = answerSchema.safeParse(reply.answer);
  if (!parsed.success) {
    const type = call[0]?.check.type;
    return call.map(({ key }) => [key, unclear(`${type} answered in another form than [{ arn, result, reason }]`)]);
  }
  const byArn = new Map(parsed.data.map((answer) => [answer.arn, answer]));
  return call.map(({ key, check, target }) => {
    const answer = byArn.get(target.arn);
    if (answer === undefined) return [key, unclear(`${check.type} said nothing of it`)];
    return [key, { verdict: answer.result, reason: cutReason(answer.reason ?? `${check.type} says ${answer.result}`) }];
  });
}

function unclear(reason: string): HealthReading {
  return { verdict: 'inconclusive', reason };
}
