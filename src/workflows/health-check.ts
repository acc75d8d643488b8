import { ActivityFailure, scheduleActivity, TimeoutFailure } from '@temporalio/workflow';
import { formatDuration } from '../rollout/duration.js';
import { messageOf } from '../rollout/error-message.js';
import type { HealthReading } from '../rollout/health.js';
import { readAnswer, type UserCheckCall, unclear } from '../rollout/user-check.js';

/**
 * Calls an activity of the user's once, about up to 200 instances. A workflow of its own, so that a rollout that is held
 * for days has nothing of it in its history.
 *
 * @internal started by the watch of a rollout only
 * @returns a reading of each target, in their order; whatever goes wrong is inconclusive
 */
export async function imdsHealthCheck(call: UserCheckCall): Promise<HealthReading[]> {
  const { type, taskQueue, patience, input } = call;
  try {
    const answer: unknown = await scheduleActivity(type, [input], {
      taskQueue,
      scheduleToStartTimeout: patience,
      startToCloseTimeout: '1m',
      scheduleToCloseTimeout: '2m',
      retry: { initialInterval: '1s', maximumAttempts: 3 },
      summary: `${input.stage}, ${input.targets.length} instances`,
    });
    return readAnswer(type, input.targets, answer);
  } catch (error) {
    const reading = unclear(describe(error, call));
    return input.targets.map(() => reading);
  }
}

function describe(error: unknown, { type, taskQueue, patience }: UserCheckCall): string {
  const cause = error instanceof ActivityFailure ? (error.cause ?? error) : error;
  if (cause instanceof TimeoutFailure && cause.timeoutType === 'SCHEDULE_TO_START') {
    return `no worker took ${type} from task queue ${taskQueue} within ${formatDuration(patience)}`;
  }
  return `${type} failed: ${messageOf(cause)}`;
}
