import type { ClientPlugin } from '@temporalio/client';
import {
  type NativeConnection,
  type NativeConnectionPlugin,
  Runtime,
  Worker,
  type WorkerOptions,
} from '@temporalio/worker';
import { type ActivityDeps, createControlActivities } from './activities/index.js';
import { controlQueue } from './rollout/queues.js';
import { readVersion } from './version.js';

/** What waits here, such as for batches to close or for keys, may do so for hours: a stopping worker cuts it off, and the next worker takes it up. */
const CONTROL_GRACE = '1s';

/** Activities at once on the control queue: of every open rollout one round of its watch, and what it waits for. */
const CONTROL_SLOTS = 2_000;

/**
 * Of every option of a worker, whether the control worker takes its host's, as it stands once every plugin has configured
 * it: the compiler asks about options that a later SDK adds.
 */
const TAKEN = {
  // Who it is, and how it speaks to the server.
  namespace: true,
  dataConverter: true,
  workerDeploymentOptions: true,
  buildId: true,
  useVersioning: true,
  interceptors: true,
  disablePayloadErrorLimit: true,
  // How it polls and reports.
  activityTaskPollerBehavior: true,
  maxHeartbeatThrottleInterval: true,
  defaultHeartbeatThrottleInterval: true,
  shutdownForceTime: true,
  debugMode: true,
  // Its own, see createControlWorker.
  connection: false,
  identity: false,
  taskQueue: false,
  activities: false,
  plugins: false,
  shutdownGraceTime: false,
  // Slots and rates are for changes: a watch that waits for one would find late that an instance fails.
  tuner: false,
  maxConcurrentActivityTaskExecutions: false,
  maxActivitiesPerSecond: false,
  maxTaskQueueActivitiesPerSecond: false,
  enableNonLocalActivities: false,
  // The SDK turns it into the behaviour above.
  maxConcurrentActivityTaskPolls: false,
  // Of workflows, local activities and Nexus: the control queue has none of them. Sinks are called by workflows.
  workflowsPath: false,
  workflowBundle: false,
  bundlerOptions: false,
  sinks: false,
  nexusServices: false,
  maxConcurrentLocalActivityExecutions: false,
  maxConcurrentNexusTaskExecutions: false,
  maxConcurrentNexusTaskPolls: false,
  nexusTaskPollerBehavior: false,
  maxEagerActivityReservationsPerWorkflowTask: false,
  maxConcurrentWorkflowTaskExecutions: false,
  maxConcurrentWorkflowTaskPolls: false,
  workflowTaskPollerBehavior: false,
  nonStickyToStickyPollRatio: false,
  maxCachedWorkflows: false,
  stickyQueueScheduleToStartTimeout: false,
  workflowThreadPoolSize: false,
  workflowFailureErrorTypes: false,
  patchActivationCallback: false,
  reuseV8Context: false,
  showStackTraceSources: false,
  enableSDKTracing: false,
} as const satisfies Record<keyof WorkerOptions, boolean>;

type Taken = { [Name in keyof typeof TAKEN]: (typeof TAKEN)[Name] extends true ? Name : never }[keyof typeof TAKEN];

/**
 * Runs the worker of the control queue for as long as its host runs, with the host's options and on its connection.
 *
 * Where it can't run the host is shut down: without the control queue a rollout would wait for ever at its lease.
 *
 * @param hostRun - settles once the host has ended
 */
export async function runControlWorker(host: Worker, hostRun: Promise<void>, deps: ActivityDeps): Promise<void> {
  try {
    const control = await createControlWorker(host, deps);
    const run = control.run();
    const stop = () => control.getState() === 'RUNNING' && control.shutdown();
    hostRun.then(stop, stop);
    await run;
  } finally {
    if (host.getState() === 'RUNNING') host.shutdown();
  }
}

async function createControlWorker(host: Worker, deps: ActivityDeps): Promise<Worker> {
  const { connection, options } = host;
  const taskQueue = controlQueue(options.taskQueue);
  // The SDK warns of every worker that has no workflows.
  Runtime.instance().logger.info(
    `lightsail-imds-rollout: a second worker polls ${taskQueue} for activities, with the options of this one. It needs no workflows there.`,
    { taskQueue },
  );
  return Worker.create({
    ...takenFrom(options),
    identity: controlIdentity(options.identity),
    taskQueue,
    activities: createControlActivities(deps),
    maxConcurrentActivityTaskExecutions: CONTROL_SLOTS,
    shutdownGraceTime: CONTROL_GRACE,
    // The server lists a worker's plugins by name.
    plugins: (options.plugins ?? []).map(({ name }) => ({ name })),
    ...(connection !== undefined && { connection: configured(connection) }),
  });
}

function takenFrom(options: Worker['options']): Partial<Pick<Worker['options'], Taken>> {
  const taken: Partial<Pick<Worker['options'], Taken>> = {};
  for (const name of Object.keys(TAKEN).filter(isTaken)) take(name);
  return taken;

  function take<Name extends Taken>(name: Name): void {
    if (options[name] !== undefined) taken[name] = options[name];
  }
}

function isTaken(name: string): name is Taken {
  return Object.entries(TAKEN).some(([each, isTaken]) => isTaken && each === name);
}

/** Which version of this package serves a queue is to be seen on the server. */
function controlIdentity(host: string): string {
  const version = `lightsail-imds-rollout/${readVersion()}`;
  return host.endsWith(version) ? host : `${host} ${version}`;
}

/**
 * The same connection for a worker whose options are those that its plugins have made already: they would add their
 * interceptors twice. What they bring to clients stays.
 */
function configured(connection: NativeConnection): NativeConnection {
  const plugins = connection.plugins.map((plugin: NativeConnectionPlugin & Partial<ClientPlugin>) => ({
    name: plugin.name,
    ...(plugin.configureClient !== undefined && { configureClient: plugin.configureClient.bind(plugin) }),
  }));
  return Object.create(connection, { plugins: { value: plugins } });
}
