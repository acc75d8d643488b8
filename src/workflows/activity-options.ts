import {
  ActivityCancellationType,
  ActivityFailure,
  type ActivityOptions,
  ApplicationFailure,
  proxyActivities,
  workflowInfo,
} from '@temporalio/workflow';
import type { Activities, BatchesInput, ControlActivities } from '../activities/index.js';
import type { ChangeSettings } from '../rollout/batch.js';
import { messageOf } from '../rollout/error-message.js';
import { ROUND_TIMEOUT } from '../rollout/health.js';
import { controlQueue } from '../rollout/queues.js';
import { cutSummary } from '../rollout/summary.js';

/** A worker that has died is noticed after this time, in milliseconds; short, since a batch drains for so long. */
export const HEARTBEAT_TIMEOUT = 25_000;

/** Between two attempts of a change, in milliseconds. */
const MAX_BACKOFF = 60_000;

/** Tries of one discovery call, about two minutes; throttling isn't counted, it is waited out inside. */
const DISCOVERY_ATTEMPTS = 8;

/** Reading a scope: bounded, since a scope that can't be read fails the plan. */
export function discoveryActivities() {
  return proxyActivities<
    Pick<Activities, 'lightsailImdsDiscover' | 'lightsailImdsListRegions' | 'lightsailImdsReadEvidence'>
  >({
    startToCloseTimeout: '1h',
    heartbeatTimeout: 2 * HEARTBEAT_TIMEOUT,
    retry: { initialInterval: '1s', maximumInterval: '1m', maximumAttempts: DISCOVERY_ATTEMPTS },
  });
}

/** Reading who else has written: only a warning hangs on it, so that a few tries are enough. */
export function updatesActivity(summary: string) {
  const { lightsailImdsReadUpdates } = proxyActivities<Pick<Activities, 'lightsailImdsReadUpdates'>>({
    summary: cutSummary(summary),
    startToCloseTimeout: '2m',
    scheduleToCloseTimeout: '10m',
    heartbeatTimeout: 2 * HEARTBEAT_TIMEOUT,
    retry: { initialInterval: '1s', maximumInterval: '10s', maximumAttempts: 3 },
  });
  return lightsailImdsReadUpdates;
}

/**
 * Changing and restoring a target: retried without limit, since the activity itself counts the errors of its target;
 * and a cancellation waits until what was begun is finished, since the default would go on beside a write under way.
 */
export function changeOptions(settings: ChangeSettings, summary: string): ActivityOptions {
  return {
    summary: cutSummary(summary),
    startToCloseTimeout: 2 * settings.timeout + 3_600_000,
    heartbeatTimeout: HEARTBEAT_TIMEOUT,
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    retry: {
      initialInterval: Math.min(MAX_BACKOFF, Math.max(100, settings.pollInterval)),
      backoffCoefficient: 2,
      maximumInterval: MAX_BACKOFF,
    },
  };
}

export function changeActivities(settings: ChangeSettings, summary: string) {
  return proxyActivities<Pick<Activities, 'lightsailImdsApply' | 'lightsailImdsRestore'>>(
    changeOptions(settings, summary),
  );
}

/**
 * One round of readings, called again and again by its retries. It has no heartbeat timeout, since a worker that has died is
 * noticed by the time that a round takes at most; and a cancellation waits for the attempt under way, which may report.
 */
export function watchActivity(summary: string): ControlActivities['lightsailImdsWatch'] {
  const { lightsailImdsWatch } = proxyActivities<Pick<ControlActivities, 'lightsailImdsWatch'>>({
    summary: cutSummary(summary),
    taskQueue: controlQueue(workflowInfo().taskQueue),
    startToCloseTimeout: ROUND_TIMEOUT + 60_000,
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    retry: { initialInterval: '1s', maximumInterval: '30s' },
  });
  return lightsailImdsWatch;
}

/** Waits for an activity whose own failure is the one to end the run with: its type says what is wrong. */
export async function throwingItsCause<T>(result: Promise<T>): Promise<T> {
  try {
    return await result;
  } catch (error) {
    if (error instanceof ActivityFailure && error.cause instanceof ApplicationFailure) throw error.cause;
    throw error;
  }
}

/** What an activity has failed with, in words. */
export function causeOf(error: unknown): string {
  const cause = error instanceof ActivityFailure ? (error.cause ?? error) : error;
  return messageOf(cause);
}

/** Waits for batches that finish what they have begun: targets of theirs may be pending for hours. */
export function awaitBatches(input: BatchesInput) {
  const { lightsailImdsAwaitBatches } = proxyActivities<Pick<ControlActivities, 'lightsailImdsAwaitBatches'>>({
    summary: 'waits until what has begun is finished',
    taskQueue: controlQueue(workflowInfo().taskQueue),
    startToCloseTimeout: '7d',
    heartbeatTimeout: HEARTBEAT_TIMEOUT,
    retry: { initialInterval: '1s', maximumInterval: '30s' },
  });
  return lightsailImdsAwaitBatches(input);
}

/** @param summary - what the Temporal UI shows of it */
export function controlActivities(summary: string) {
  return proxyActivities<ControlActivities>({
    summary: cutSummary(summary),
    taskQueue: controlQueue(workflowInfo().taskQueue),
    startToCloseTimeout: '2m',
    retry: { initialInterval: '1s', maximumInterval: '30s' },
  });
}
