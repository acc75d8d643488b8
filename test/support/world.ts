import { randomUUID } from 'node:crypto';
import { inspect } from 'node:util';
import type { Client } from '@temporalio/client';
import { DefaultLogger, Runtime, type WorkerOptions } from '@temporalio/worker';
import { onTestFinished, type TestContext } from 'vitest';
import type { WorkerSettings } from '../../src/activities/index.js';
import { journalOf } from '../../src/activities/settings.js';
import { RolloutClient, type RolloutHandle } from '../../src/client/index.js';
import {
  createSdkLightsail,
  type Lightsail,
  type LightsailFor,
  type SdkLightsailConfig,
} from '../../src/lightsail/index.js';
import type { RolloutSpecInput } from '../../src/rollout/spec.js';
import {
  type Call,
  type InstancePatch,
  type InstanceView,
  type ScenarioInput,
  type Simulator,
  startSimulator,
} from '../../src/simulator/index.js';
import { describeOpenRuns } from './open-runs.js';
import { QUICK_PACING } from './pacing.js';
import { SECRET_KEY } from './secret-pattern.js';
import { searchFolderForSecrets, searchForSecrets } from './secrets.js';
import { type TestTemporal, temporal } from './temporal.js';
import { borrowWorker, returnWorker, runTestWorker, type TestWorker } from './workers.js';

Runtime.install({
  // A test of signals would shut down the workers of all test files that come after it in its process.
  shutdownSignals: [],
  logger: new DefaultLogger('INFO', ({ level, message, meta }) => {
    const line = `${level} ${message} ${inspect(meta, { depth: 6 })}`;
    searchForSecrets('the log', line);
    if (level === 'ERROR') process.stderr.write(`${line}\n`);
  }),
});

/** A simulated account of its own, a task queue of its own and a client, on the server that all tests share. */
export interface World {
  readonly simulator: Simulator;
  readonly account: string;
  readonly taskQueue: string;
  readonly temporal: TestTemporal;
  readonly client: Client;
  readonly rollouts: RolloutClient;
  /** The instance as it really is, whatever stale or pending reads say. */
  instance(name: string, region?: string): InstanceView;
  /** Changes an instance behind the rollout's back. */
  patch(name: string, patch: InstancePatch, region?: string): void;
  /** Deletes an instance behind the rollout's back. */
  remove(name: string, region?: string): void;
  /** Deletes an instance and makes another one of the same name, with the same options; returns the new one. */
  recreate(name: string, region?: string): InstanceView;
  /** The Updates that reached the service so far; of one instance if it is named. */
  updates(name?: string): Call[];
  /** A spec with short times, over the world's regions, with `changes` over it. */
  spec(changes?: Partial<RolloutSpecInput>): RolloutSpecInput;
  /** Starts a rollout of that spec on the world's task queue. */
  start(changes?: Partial<RolloutSpecInput>, workflowId?: string): Promise<RolloutHandle>;
  /** A worker in this process, until it is stopped or the test ends. */
  startWorker(): Promise<TestWorker>;
}

export interface WorldOptions {
  /** Names are `web-1` … in each region; or a fleet written out. */
  readonly fleet?: number | NonNullable<ScenarioInput['fleet']>;
  readonly regions?: readonly string[];
  readonly scenario?: Omit<ScenarioInput, 'fleet' | 'accounts'>;
  /** Default true. */
  readonly worker?: boolean;
  /** Default: one that no other world has. */
  readonly taskQueue?: string;
  /** Default: the server that all tests share. */
  readonly temporal?: TestTemporal;
  /** Over the options of every worker of this world. */
  readonly workerOptions?: Pick<WorkerOptions, 'maxCachedWorkflows' | 'workflowBundle'>;
  /** What every worker of this world allows. */
  readonly settings?: WorkerSettings;
  /** How a worker of this world reaches the simulator, beside endpoint and credentials. */
  readonly sdk?: Pick<SdkLightsailConfig, 'accounts' | 'credentials' | 'requestTimeoutMs' | 'pacing'>;
  /** Simulated accounts beside the world's own. */
  readonly otherAccounts?: NonNullable<ScenarioInput['accounts']>;
  /** Stands between the worker and the simulator, for replies that no fault of the simulator's makes. */
  readonly intercept?: (lightsail: Lightsail, region: string) => Lightsail;
  /** A concurrent test hands its own over: Vitest's global one knows no concurrent tests. */
  readonly onTestFinished?: TestContext['onTestFinished'];
}

export const ACCESS_KEY = 'AKIATEST000000000001';

/** Builds a world, and takes it down when the test ends. */
export async function createWorld(options: WorldOptions = {}): Promise<World> {
  const account = String(100_000_000_000 + Math.floor(Math.random() * 899_999_999_999));
  const regions = options.regions ?? ['us-east-1'];
  const simulator = await startSimulator({
    scenario: {
      pending: { min: 20, max: 60 },
      ...options.scenario,
      accounts: [{ id: account, accessKeyId: ACCESS_KEY }, ...(options.otherAccounts ?? [])],
      fleet: fleetOf(regions, options.fleet ?? 5),
    },
  });
  const whenFinished = options.onTestFinished ?? onTestFinished;
  whenFinished(() => simulator.close());
  const server = options.temporal ?? temporal();
  const connect = () => connectTo(simulator, options);
  const taskQueue = await openTaskQueue(server, options, connect, whenFinished);
  const ref = (name: string, region = regions[0] ?? '') => ({ account, region, name });
  const client = await server.client();
  const world: World = {
    simulator,
    account,
    taskQueue,
    temporal: server,
    client,
    rollouts: new RolloutClient(client),
    instance: (name, region) => {
      const found = simulator.state.instance(ref(name, region));
      if (found === undefined) throw new Error(`the simulator has no ${JSON.stringify(ref(name, region))}`);
      return found;
    },
    patch: (name, patch, region) => void simulator.state.patchInstance(ref(name, region), patch),
    remove: (name, region) => void simulator.state.deleteInstance(ref(name, region)),
    recreate: (name, region) => {
      const { blueprint, tags, metadataOptions } = simulator.state.deleteInstance(ref(name, region));
      const { state: _, ...own } = metadataOptions ?? {};
      return simulator.state.createInstance({ ...ref(name, region), blueprint, tags, metadataOptions: own });
    },
    updates: (name) =>
      simulator.state
        .calls({ operation: 'UpdateInstanceMetadataOptions' })
        .filter((call) => name === undefined || call.instanceName === name),
    spec: (changes) => testSpec(`test-${account}`, regions, changes),
    start: (changes, workflowId) =>
      world.rollouts.start(world.spec(changes), { taskQueue, ...(workflowId !== undefined && { workflowId }) }),
    startWorker: () => startWorker(world, options, connect, whenFinished),
  };
  const journal = journalOf(options.settings);
  if (journal !== undefined) whenFinished(() => searchFolderForSecrets(journal.folder));
  if (options.worker !== false && !isPooled(options)) await world.startWorker();
  whenFinished(async ({ task }) => {
    if (task.result?.state === 'fail') process.stderr.write(`${task.name}: ${await describeOpenRuns(world)}\n`);
  });
  return world;
}

function fleetOf(
  regions: readonly string[],
  fleet: NonNullable<WorldOptions['fleet']>,
): NonNullable<ScenarioInput['fleet']> {
  if (typeof fleet !== 'number') return fleet;
  return regions.map((region) => ({
    region,
    prefix: 'web-',
    count: fleet,
    blueprint: 'ubuntu_22_04',
    options: { httpTokens: 'optional', httpEndpoint: 'enabled', httpPutResponseHopLimit: 1 },
  }));
}

function testSpec(name: string, regions: readonly string[], changes: Partial<RolloutSpecInput> = {}): RolloutSpecInput {
  return {
    name,
    options: { httpTokens: 'required' },
    targets: { regions: [...regions] },
    stages: [
      { name: 'canary', size: 1, bake: '50ms' },
      { name: 'rest', size: 'rest' },
    ],
    apply: { timeout: '2m', pollInterval: '40ms', maxErrors: 3 },
    // One call less for each instance; evidence.test.ts has it.
    evidence: 'off',
    ...changes,
  };
}

/** Whether any worker will do: of the shared server, with nothing of its own, and there from the beginning. */
function isPooled({ worker, taskQueue, temporal, workerOptions, settings }: WorldOptions): boolean {
  return worker !== false && [taskQueue, temporal, workerOptions, settings].every((each) => each === undefined);
}

/** A task queue that no other world uses now; one of a worker that polls it already, where any will do. */
async function openTaskQueue(
  server: TestTemporal,
  options: WorldOptions,
  connect: () => Connected,
  whenFinished: TestContext['onTestFinished'],
): Promise<string> {
  if (!isPooled(options)) return options.taskQueue ?? `test-${randomUUID()}`;
  const { lightsail, close } = connect();
  const pooled = await borrowWorker(server, lightsail);
  whenFinished(async () => {
    await returnWorker(server, pooled);
    close();
  });
  return pooled.taskQueue;
}

interface Connected {
  readonly lightsail: LightsailFor;
  readonly close: () => void;
}

/** How a worker of this world reaches its simulator. */
function connectTo({ url }: Simulator, { sdk, intercept = (lightsail) => lightsail }: WorldOptions): Connected {
  const { lightsail, close } = createSdkLightsail({
    endpoint: url,
    credentials: { accessKeyId: ACCESS_KEY, secretAccessKey: SECRET_KEY },
    pacing: QUICK_PACING,
    ...sdk,
  });
  return { lightsail: (scope) => intercept(lightsail(scope), scope.region), close };
}

async function startWorker(
  { taskQueue, temporal }: Pick<World, 'taskQueue' | 'temporal'>,
  { workerOptions, settings }: WorldOptions,
  connect: () => Connected,
  whenFinished: TestContext['onTestFinished'],
): Promise<TestWorker> {
  const { lightsail, close } = connect();
  const worker = await runTestWorker({ temporal, taskQueue, lightsail, workerOptions, settings });
  const stop = async () => {
    await worker.stop();
    close();
  };
  whenFinished(stop);
  return { stop };
}
