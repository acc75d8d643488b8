import { hostname } from 'node:os';
import type { DataConverter } from '@temporalio/common';
import {
  NativeConnection,
  type NativeConnectionOptions,
  Worker,
  type WorkerDeploymentOptions,
} from '@temporalio/worker';
import type { WorkerSettings } from './activities/index.js';
import { type AccountRoles, createSdkLightsail, type LightsailFor, type PacingLimits } from './lightsail/index.js';
import { LightsailImdsPlugin } from './plugin.js';
import { DEFAULT_TASK_QUEUE } from './rollout/queues.js';
import { readVersion } from './version.js';

/** A stopping worker lets what it does end for so long; a change that takes longer goes on elsewhere from its record. */
const SHUTDOWN_GRACE = '30s';

/** One version of a Worker Deployment (https://docs.temporal.io/worker-versioning). */
export interface WorkerDeployment {
  readonly name: string;
  readonly buildId: string;
  /**
   * What becomes of an open rollout once another version is current: it stays with the one that it began on (`pinned`, the
   * default), of which workers must run until it has ended; or it goes on with the other (`auto-upgrade`), which must be
   * able to replay it.
   */
  readonly behavior?: 'pinned' | 'auto-upgrade';
}

/** A worker that runs. */
export interface PollingWorker {
  /** It takes work: false once it stops. */
  isPolling(): boolean;
  /** Resolves once the server has answered; rejects where it doesn't within so many milliseconds. */
  reachServer(ms: number): Promise<void>;
}

/** How a worker runs that is ready made. */
export interface RunWorkerOptions {
  /** How the Temporal server is reached. Default: `localhost:7233`. */
  readonly connection?: NativeConnectionOptions;
  /** Default: `default`. */
  readonly namespace?: string;
  /** Default: `lightsail-imds-rollout`. A second, `<task queue>-control`, is polled beside it. */
  readonly taskQueue?: string;
  /** Default: the AWS SDK with the process's own credentials. */
  readonly lightsail?: LightsailFor;
  /** Other accounts, by the roles that reach them, where `lightsail` isn't given. Default: the process's own account alone. */
  readonly accounts?: AccountRoles;
  /** The most calls to one account and region, where `lightsail` isn't given. Default: 5 a second, without bursts. */
  readonly pacing?: PacingLimits;
  /** What this worker allows beside. Default: nothing. */
  readonly settings?: WorkerSettings;
  /** Instances in change at once on this worker, over all rollouts. Default 500, the most that a rollout may ask for. */
  readonly maxConcurrentChanges?: number;
  /** What payloads are encrypted with, and whoever starts rollouts has to use too. Default: nothing. */
  readonly dataConverter?: DataConverter;
  /** What the worker calls itself on the server. Default: process, host and the version of this package. */
  readonly identity?: string;
  /** The version of a Worker Deployment that this worker is. Default: unversioned, so that any worker of the task queue does any work. */
  readonly deployment?: WorkerDeployment;
  /** Aborts when the worker has to stop: it takes no more work, and ends what it does. */
  readonly signal?: AbortSignal;
  /** Called once it polls. */
  readonly onReady?: (worker: PollingWorker) => void;
}

/**
 * Runs a worker for rollouts until it is stopped: a connection, {@link LightsailImdsPlugin} and its defaults in one call.
 *
 * Once `signal` aborts it takes no more work, and resolves when what it does has ended, at most 30 seconds later.
 *
 * @throws where the server can't be reached, or the worker breaks
 * @example await runWorker({ connection: { address: 'localhost:7233' }, signal: AbortSignal.timeout(60_000) });
 */
export async function runWorker(options: RunWorkerOptions = {}): Promise<void> {
  const own = createSdkLightsail({
    ...(options.accounts !== undefined && { accounts: options.accounts }),
    ...(options.pacing !== undefined && { pacing: options.pacing }),
  });
  const { lightsail = own.lightsail } = options;
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
      // What begins eagerly goes to no other worker, and each has its own share of the calls.
      maxEagerActivityReservationsPerWorkflowTask: 0,
      shutdownGraceTime: SHUTDOWN_GRACE,
      ...(options.dataConverter !== undefined && { dataConverter: options.dataConverter }),
      identity: options.identity ?? ownIdentity(),
      workerDeploymentOptions: options.deployment === undefined ? unversioned() : versioning(options.deployment),
    });
    const stop = () => worker.getState() === 'RUNNING' && worker.shutdown();
    options.signal?.addEventListener('abort', stop, { once: true });
    const running = worker.run();
    if (options.signal?.aborted) stop();
    else options.onReady?.(pollingWorker(worker, connection));
    await running;
  } finally {
    await connection.close();
    own.close();
  }
}

function pollingWorker(worker: Worker, connection: NativeConnection): PollingWorker {
  return {
    isPolling: () => worker.getState() === 'RUNNING',
    reachServer: async (ms) => {
      await connection.withDeadline(Date.now() + ms, () => connection.workflowService.getSystemInfo({}));
    },
  };
}

function versioning({ name, buildId, behavior = 'pinned' }: WorkerDeployment): WorkerDeploymentOptions {
  return {
    version: { deploymentName: name, buildId },
    useWorkerVersioning: true,
    defaultVersioningBehavior: behavior === 'pinned' ? 'PINNED' : 'AUTO_UPGRADE',
  };
}

/** Any worker does any work, and the history names the version of this package instead of a checksum. */
function unversioned(): WorkerDeploymentOptions {
  return {
    version: { deploymentName: 'lightsail-imds-rollout', buildId: readVersion() },
    useWorkerVersioning: false,
  };
}

/** What the SDK calls a worker, and the version of this package: which one polls is to be seen on the server. */
function ownIdentity(): string {
  return `${process.pid}@${hostname()} lightsail-imds-rollout/${readVersion()}`;
}
