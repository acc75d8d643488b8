import { ActivityFailure, scheduleActivity } from '@temporalio/workflow';
import { cutReason } from '../rollout/outcome.js';
import type { UserCheckAnswer, UserCheckCall } from '../rollout/user-check.js';

/**
 * Calls activities of the user's for one round of a health watch. A workflow of its own, so that a rollout that is held
 * for days has nothing of it in its history.
 */
export async function imdsHealthCheck(calls: readonly UserCheckCall[]): Promise<UserCheckAnswer[]> {
  return Promise.all(calls.map(callOne));
}

async function callOne({ type, taskQueue, input }: UserCheckCall): Promise<UserCheckAnswer> {
  try {
    const answer: unknown = await scheduleActivity(type, [input], {
      taskQueue,
      startToCloseTimeout: '1m',
      scheduleToCloseTimeout: '2m',
      retry: { initialInterval: '1s', maximumAttempts: 3 },
      summary: `${input.stage}, ${input.targets.length} instances`,
    });
    return { answer };
  } catch (error) {
    const cause = error instanceof ActivityFailure ? (error.cause ?? error) : error;
    return { error: cutReason(`${type} failed: ${cause instanceof Error ? cause.message : String(cause)}`) };
  }
}
