import { asyncLocalStorage, Context, type Info } from '@temporalio/activity';
import type { Client } from '@temporalio/client';
import {
  ActivityCancellationDetails,
  type ActivityCancellationDetailsOptions,
  CancelledFailure,
  noopMetricMeter,
} from '@temporalio/common';

/** A heartbeat: one that the server has answered, or one that is sent and forgotten. */
interface Told {
  readonly how: 'acknowledged' | 'plain';
  readonly details: unknown;
}

/** An attempt of an activity in this process, without a server behind it. */
export interface ActivityHere {
  readonly context: Context;
  /** Heartbeats so far. */
  readonly told: readonly Told[];
  /** What the server wants, as its answer to a heartbeat may say it; the worker learns of it with {@link end}. */
  want(why: ActivityCancellationDetailsOptions): void;
  /** The worker ends the attempt. */
  end(why: ActivityCancellationDetailsOptions): void;
  run<T>(activity: () => Promise<T>): Promise<T>;
}

export interface ActivityHereOptions {
  readonly info?: Partial<Info>;
  /** How the server takes heartbeats that are waited for. Default: it acknowledges them. */
  readonly acknowledge?: (details: unknown) => Promise<void>;
  /** What the activity finds of a client beside that. */
  readonly client?: Partial<Record<keyof Client, unknown>>;
}

const SILENT = { log: ignore, trace: ignore, debug: ignore, info: ignore, warn: ignore, error: ignore };

function ignore(): void {}

/** The times of a first attempt. @param time - milliseconds since the epoch */
function scheduledAt(time: number) {
  return { scheduledTimestampMs: time, currentAttemptScheduledTimestampMs: time };
}

/** A handle of a workflow that has no earlier run, and no parent. */
function neverReset(_: string, runId: string) {
  return { describe: async () => ({ runId, raw: {} }) };
}

/** @example const { context, told } = activityHere({ acknowledge: () => Promise.reject(new ActivityCancelledError('')) }) */
export function activityHere({
  info,
  acknowledge = async () => undefined,
  client = {},
}: ActivityHereOptions = {}): ActivityHere {
  const told: Told[] = [];
  const ending = new AbortController();
  const cancellation: { details?: ActivityCancellationDetails } = {};
  const heartbeat = async (_: Uint8Array, details: unknown) => {
    await acknowledge(details);
    told.push({ how: 'acknowledged', details });
  };
  const context = new Context(
    { ...INFO, ...scheduledAt(info?.currentAttemptScheduledTimestampMs ?? Date.now()), ...info },
    new Promise<never>(() => undefined),
    ending.signal,
    (details) => told.push({ how: 'plain', details }),
    // Only what activities take of it is there.
    { workflow: { getHandle: neverReset }, ...client, activity: { heartbeat } } as unknown as Client,
    SILENT,
    noopMetricMeter,
    cancellation,
  );
  const want: ActivityHere['want'] = (why) => {
    cancellation.details = new ActivityCancellationDetails(why);
  };
  return {
    context,
    told,
    want,
    end: (why) => {
      want(why);
      ending.abort(new CancelledFailure(Object.keys(why).join()));
    },
    run: (activity) => asyncLocalStorage.run(context, activity),
  };
}

const INFO: Info = {
  taskToken: new Uint8Array(),
  base64TaskToken: '',
  activityId: '7',
  activityType: 'activity',
  activityNamespace: 'here',
  namespace: 'here',
  attempt: 1,
  isLocal: false,
  inWorkflow: true,
  workflowExecution: { workflowId: 'imds-rollout-prod', runId: '0198abcd-0000' },
  scheduledTimestampMs: 0,
  currentAttemptScheduledTimestampMs: 0,
  scheduleToCloseTimeoutMs: 0,
  startToCloseTimeoutMs: 0,
  heartbeatDetails: undefined,
  taskQueue: 'here',
};
