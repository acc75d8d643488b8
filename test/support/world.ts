import { randomUUID } from 'node:crypto';
import { Runtime, DefaultLogger, Worker } from '@temporalio/worker';
import type { Client } from '@temporalio/client';
import { inject, onTestFinished } from 'vitest';
import { RolloutClient } from '../../src/client/index.js';
import { createSdkLightsail } from '../../src/lightsail/index.js';
import { LightsailImdsPlugin } from '../../src/plugin.js';
import type { RolloutSpecInput } from '../../src/rollout/spec.js';
import { type InstanceView, type ScenarioInput, type Simulator, startSimulator } from '../../src/simulator/index.js';
import { temporal } from './temporal.js';

declare module 'vitest' {
  export interface ProvidedContext {
    workflowBundle: string;
  }
}

Runtime.install({ logger: new DefaultLogger('ERROR') });

/** A simulated account of its own, a task queue of its own and a client, on the server that all tests share. */
export interface World {
  readonly simulator: Simulator;
  readonly account: string;
  readonly taskQueue: string;
  readonly client: Client;
  readonly rollouts: RolloutClient;
  /** The instance as it really is, whatever stale or pending reads say. */
  instance(name: string, region?: string): InstanceView;
  /** A spec with short times, over the world's regions, with `changes` over it. */
  spec(changes?: Partial<RolloutSpecInput>): RolloutSpecInput;
  /** A worker in this process, until it is stopped or the test ends. */
  startWorker(): Promise<{ stop(): Promise<void> }>;
}

export interface WorldOptions {
  /** Names are `web-1` … in each region; or a fleet written out. */
  readonly fleet?: number | NonNullable<ScenarioInput['fleet']>;
  readonly regions?: readonly string[];
  readonly scenario?: Omit<ScenarioInput, 'fleet' | 'accounts'>;
  /** Default true. */
  readonly worker?: boolean;
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
      accounts: [{ id: account, accessKeyId: ACCESS_KEY }],
      fleet: fleetOf(regions, options.fleet ?? 5),
    },
  });
  onTestFinished(() => simulator.close());
  const taskQueue = `test-${randomUUID()}`;
  const client = await temporal().client();
  const world: World = {
    simulator,
    account,
    taskQueue,
    client,
    rollouts: new RolloutClient(client),
    instance: (name, region = regions[0] ?? '') => {
      const found = simulator.state.instance({ account, region, name });
      if (found === undefined) throw new Error(`the simulator has no ${region}/${name}`);
      return found;
    },
    spec: (changes) => testSpec(`test-${account}`, regions, changes),
    startWorker: () => startWorker(simulator, taskQueue),
  };
  if (options.worker !== false) await world.startWorker();
  return world;
}

function fleetOf(regions: readonly string[], fleet: NonNullable<WorldOptions['fleet']>): NonNullable<ScenarioInput['fleet']> {
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
    apply: { timeout: '10s', pollInterval: '40ms', maxErrors: 3 },
    ...changes,
  };
}

async function startWorker(simulator: Simulator, taskQueue: string): Promise<{ stop(): Promise<void> }> {
  const { lightsail, close } = createSdkLightsail({
    endpoint: simulator.url,
    credentials: { accessKeyId: ACCESS_KEY, secretAccessKey: 'test' },
  });
  const worker = await Worker.create({
    connection: await temporal().nativeConnection(),
    namespace: temporal().namespace,
    taskQueue,
    workflowBundle: { codePath: inject('workflowBundle') },
    plugins: [new LightsailImdsPlugin({ lightsail })],
    shutdownGraceTime: '2s',
  });
  const running = worker.run();
  let stopped: Promise<void> | undefined;
  const stop = () => {
    stopped ??= (async () => {
      if (worker.getState() === 'RUNNING') worker.shutdown();
      await running;
      close();
    })();
    return stopped;
  };
  onTestFinished(stop);
  return { stop };
}
