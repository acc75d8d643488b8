import { hostname } from 'node:os';
import { SimplePlugin } from '@temporalio/plugin';
import { Worker, type WorkerOptions } from '@temporalio/worker';
import {
  type ActivityDeps,
  createActivities,
  createControlActivities,
  type WorkerSettings,
} from './activities/index.js';
import type { LightsailFor } from './lightsail/index.js';
import { controlQueue } from './rollout/queues.js';
import { readVersion } from './version.js';
import { prebuiltBundle } from './workflow-bundle.js';
import { workflowsPath } from './workflows-path.js';

/** A watch never ends by itself, so a stopping worker would always wait it out; what is cut off is taken up by the next worker. */
const CONTROL_GRACE = '1s';

/** Activities at once on the control queue: one watch for each account and region, or each thousand instances there, of every open rollout. */
const CONTROL_SLOTS = 2_000;

/** What the plugin brings to a worker. */
export interface LightsailImdsPluginOptions {
  /** How Lightsail is reached, with which credentials. @see createSdkLightsail */
  readonly lightsail: LightsailFor;
  /** What this worker allows beside. Default: nothing. */
  readonly settings?: WorkerSettings;
}

/**
 * Adds the rollout to a worker of yours: its activities, its workflows where the worker has none of its own, and a
 * second, small worker on `<task queue>-control` that runs while yours does.
 *
 * A worker with workflows of its own re-exports ours from its entry:
 * `export * from 'lightsail-imds-rollout/workflows'`. With a prebuilt bundle, pass the plugin to `bundleWorkflowCode` too.
 *
 * Whoever starts rollouts needs no plugin, only a Temporal client.
 *
 * @example
 * const { lightsail } = createSdkLightsail();
 * const plugins = [new LightsailImdsPlugin({ lightsail })];
 * const worker = await Worker.create({ connection, taskQueue: DEFAULT_TASK_QUEUE, plugins });
 * await worker.run();
 */
export class LightsailImdsPlugin extends SimplePlugin {
  /** Control queues that this plugin polls now: their workers take nothing more of it, and one for each is enough. */
  readonly #controlQueues = new Set<string>();
  readonly #deps: ActivityDeps;

  /** @param options - how Lightsail is reached, and what this worker allows */
  constructor(options: LightsailImdsPluginOptions) {
    super({
      name: 'lightsail-imds-rollout',
      activities: createActivities(options),
      workflowsPath: (theirs) => theirs ?? workflowsPath(),
    });
    this.#deps = options;
  }

  /** Called by the SDK: adds activities, workflows and the worker's identity. */
  override configureWorker(options: WorkerOptions): WorkerOptions {
    if (this.#controlQueues.has(queueKey(options.namespace, options.taskQueue))) return options;
    const configured = super.configureWorker({ ...options, identity: options.identity ?? ownIdentity() });
    const workflowBundle =
      options.workflowBundle ?? prebuiltBundle(options, (plugin) => plugin instanceof LightsailImdsPlugin);
    if (workflowBundle === undefined) return configured;
    // A bundle stands for the workflows, and takes no path beside it.
    const { workflowsPath: _, ...others } = configured;
    return { ...others, workflowBundle };
  }

  /** Called by the SDK: runs the worker of the control queue for as long as the worker itself. */
  override async runWorker(worker: Worker, next: (worker: Worker) => Promise<void>): Promise<void> {
    const { namespace, taskQueue } = worker.options;
    const control = queueKey(namespace, controlQueue(taskQueue));
    // Its own control worker, where the plugin is the connection's; or called twice, as the connection's and the worker's.
    const isServed = [queueKey(namespace, taskQueue), control].some((key) => this.#controlQueues.has(key));
    if (worker.connection === undefined || isServed) return next(worker);
    this.#controlQueues.add(control);
    try {
      await this.#runBeside(await this.#createControlWorker(worker), worker, next);
    } finally {
      this.#controlQueues.delete(control);
    }
  }

  async #runBeside(control: Worker, worker: Worker, next: (worker: Worker) => Promise<void>): Promise<void> {
    const controlRun = control.run();
    // Without its control queue a rollout would wait for ever at its lease: better to end, and be restarted.
    controlRun.catch(() => worker.getState() === 'RUNNING' && worker.shutdown());
    try {
      await next(worker);
    } finally {
      if (control.getState() === 'RUNNING') control.shutdown();
      await controlRun;
    }
  }

  #createControlWorker(worker: Worker): Promise<Worker> {
    const { namespace, dataConverter, taskQueue, identity, workerDeploymentOptions } = worker.options;
    return Worker.create({
      namespace,
      identity,
      taskQueue: controlQueue(taskQueue),
      activities: createControlActivities(this.#deps),
      // A watch keeps its slot for as long as its rollout is open.
      maxConcurrentActivityTaskExecutions: CONTROL_SLOTS,
      shutdownGraceTime: CONTROL_GRACE,
      ...(worker.connection !== undefined && { connection: worker.connection }),
      ...(dataConverter !== undefined && { dataConverter }),
      // Of the same version, or what one version asks for might be done by another.
      ...(workerDeploymentOptions !== undefined && { workerDeploymentOptions }),
    });
  }
}

/** What the SDK calls a worker, and the version of this package: which one polls is to be seen on the server. */
function ownIdentity(): string {
  return `${process.pid}@${hostname()} lightsail-imds-rollout/${readVersion()}`;
}

function queueKey(namespace = 'default', taskQueue = ''): string {
  return `${namespace}/${taskQueue}`;
}
