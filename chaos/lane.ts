import { randomInt, randomUUID } from 'node:crypto';
import { type ScenarioInput, type Simulator, startSimulator } from '../src/simulator/index.js';
import { Gateway } from './gateway.js';
import type { Ground } from './server.js';
import { Versions } from './versions.js';
import { WorkerPool } from './worker-pool.js';

const ACCESS_KEY = 'AKIACHAOS00000000001';

/** Nothing that is kept may hold it. */
export const SECRET_KEY = 'chaos-secret-key-that-nothing-may-keep';

/** A place for one run after the other: an account, a task queue, and workers behind networks that can be cut. */
export interface Lane {
  readonly account: string;
  readonly taskQueue: string;
  readonly ground: Ground;
  readonly workers: WorkerPool;
  readonly isVersioned: boolean;
  /** Between the workers and the Temporal server. */
  readonly toTemporal: Gateway;
  /** Between the workers and Lightsail. */
  readonly toLightsail: Gateway;
  /** A world of its own for the next run. */
  simulate(scenario: Omit<ScenarioInput, 'accounts'>): Promise<Simulator>;
  close(): Promise<void>;
}

/** @param isVersioned - its workers are versions of a deployment; otherwise any does the work of any */
export async function openLane(ground: Ground, isVersioned: boolean): Promise<Lane> {
  const account = String(randomInt(100_000_000_000, 999_999_999_999));
  const taskQueue = `chaos-${randomUUID()}`;
  const [toTemporal, toLightsail] = await Promise.all([Gateway.open(), Gateway.open()]);
  toTemporal.leadTo(ground.address);
  const settings = {
    address: toTemporal.address,
    taskQueue,
    bundle: ground.bundle,
    endpoint: `http://${toLightsail.address}`,
    accessKeyId: ACCESS_KEY,
    secretAccessKey: SECRET_KEY,
  };
  // One of them remembers nothing: whatever it does next, it has replayed the history for.
  const kinds = [
    { ...settings, maxCachedWorkflows: 50 },
    { ...settings, maxCachedWorkflows: 0 },
  ];
  const versions = isVersioned ? new Versions(ground.client, kinds.length) : undefined;
  const workers = new WorkerPool(kinds, versions);
  await workers.fill();
  await versions?.makeNewestCurrent();
  let simulator: Simulator | undefined;
  return {
    account,
    taskQueue,
    ground,
    workers,
    toTemporal,
    toLightsail,
    isVersioned,
    simulate: async (scenario) => {
      versions?.beginRun();
      await simulator?.close();
      simulator = await startSimulator({
        scenario: { ...scenario, accounts: [{ id: account, accessKeyId: ACCESS_KEY }] },
      });
      toLightsail.leadTo(new URL(simulator.url).host);
      return simulator;
    },
    close: async () => {
      await workers.close();
      await Promise.all([toTemporal.close(), toLightsail.close(), simulator?.close()]);
    },
  };
}
