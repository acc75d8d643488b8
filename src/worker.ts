import { setTimeout as delay } from 'node:timers/promises';
import { NativeConnection, type NativeConnectionOptions, Worker } from '@temporalio/worker';
import type { WorkerSettings } from './activities/index.js';
import { type AccountRoles, createSdkLightsail, type LightsailFor, type PacingLimits } from './lightsail/index.js';
import { LightsailImdsPlugin } from './plugin.js';
import { DEFAULT_TASK_QUEUE } from './rollout/queues.js';

/** A stopping worker lets what it does end for so long; a change that takes longer goes on elsewhere from its record. */
const SHUTDOWN_GRACE = '30s';

/** Milliseconds. */
const STATE_POLL = 20;

export interface RunWorkerOptions {
  /** How the Temporal server is reached. Default: `localhost:7233`. */
  readonly connection?: NativeConnectionOptions;
  readonly namespace?: string;
  readonly taskQueue?: string;
  /** Default: the AWS SDK with the process's own credentials. */
  readonly lightsail?: LightsailFor;
  /** Other accounts, by the roles that reach them, where `lightsail` isn't given. Default: the process's own account alone. */
  readonly accounts?: AccountRoles;
  /** The most calls to one account and region, where `lightsail` isn't given. Default: 5 a second, with bursts of 10. */
  readonly pacing?: PacingLimits;
  /** What this worker allows beside. Default: nothing. */
  readonly settings?: WorkerSettings;
  /** Instances in change at once on this worker, over all rollouts. Default 500, the most that a rollout may ask for. */
  readonly maxConcurrentChanges?: number;
  /** Aborts when the worker has to stop: it takes no more work, and ends what it does. */
  readonly signal?: AbortSignal;
  /** Called once it polls. */
  readonly onReady?: () => void;
}

/**
 * Runs a worker for rollouts until it is stopped.
 *
 * @throws where the server can't be reached, or the worker breaks
 * @example await runWorker({ connection: { address: 'localhost:7233' }, signal: AbortSignal.timeout(60_000) });
 */
export async function runWorker(options: RunWorkerOptions = {}): Promise<void> {
  const own = createSdkLightsail({
    ...(options.accounts !== undefined && { accounts: options.accounts }),
    ...(options.pacing !== undefined && { pacing: options.pacing }),
  });
  const lightsail = options.lightsail ?? own.lightsail;
  const connection = await NativeConnection.connect(options.connection ?? {});
  try {
    const worker = await Worker.create({
      connection,
      namespace: options.namespace ?? 'default',
      taskQueue: options.taskQueue ?? DEFAULT_TASK_QUEUE,
      plugins: [
        new LightsailImdsPlugin({
          lightsail,
          ...(options.settings !== undefined && { settings: options.settings }),
        }),
      ],
      maxConcurrentActivityTaskExecutions: options.maxConcurrentChanges ?? 500,
      shutdownGraceTime: SHUTDOWN_GRACE,
    });
    const stop = () => worker.getState() === 'RUNNING' && worker.shutdown();
    options.signal?.addEventListener('abort', stop, { once: true });
    const running = worker.run();
    await untilRunning(worker, running);
    if (options.signal?.aborted) stop();
    options.onReady?.();
    await running;
  } finally {
    await connection.close();
    own.close();
  }
}

/** The plugin makes the control worker before this one runs, and until then it can't be shut down. */
async function untilRunning(worker: Worker, running: Promise<void>): Promise<void> {
  while (worker.getState() === 'INITIALIZED') await Promise.race([running, delay(STATE_POLL)]);
}
