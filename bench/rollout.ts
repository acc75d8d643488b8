import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import { RolloutClient } from '../src/client/index.js';
import type { RolloutSpecInput } from '../src/rollout/spec.js';
import type { Simulator } from '../src/simulator/index.js';
import { CLI, timeNode } from './command-line.js';
import { type CallFigures, environment, figuresOf, regionsOf, simulate } from './fleet.js';
import { type HistoryFigures, readHistories } from './history.js';
import { MeasuredProcess, type Usage } from './measured-process.js';
import type { Load } from './rows.js';

export interface RolloutFigures extends CallFigures {
  /** From the start to the result. */
  readonly seconds: number;
  readonly history: HistoryFigures;
  readonly workers: readonly Usage[];
  /** Seconds from the start of each worker until it polls. */
  readonly readySeconds: readonly number[];
  /** Seconds that a person waits for each of them, once it has ended. */
  readonly statusSeconds: number;
  readonly reportSeconds: number;
}

export interface Place {
  readonly address: string;
  readonly client: Client;
}

/** Rolls a fleet of its own out, by workers of their own. */
export async function measureRollout(place: Place, load: Load): Promise<RolloutFigures> {
  return await withWorkers(place, load, async ({ simulator, readySeconds, end }) => {
    const start = performance.now();
    const rollout = await new RolloutClient(place.client).start(spec(load));
    const outcome = await rollout.result();
    const seconds = (performance.now() - start) / 1_000;
    if (outcome.status !== 'completed') throw new Error(`the rollout has ended otherwise: ${JSON.stringify(outcome)}`);
    const service = figuresOf(simulator);
    const history = await readHistories(place.client, rollout.workflowId);
    const ask = async (command: string) =>
      (await timeNode([CLI, command, rollout.workflowId, '--address', place.address])) / 1_000;
    const [statusSeconds, reportSeconds] = [await ask('status'), await ask('report')];
    return { seconds, ...service, history, workers: await end(), readySeconds, statusSeconds, reportSeconds };
  });
}

export interface Started {
  readonly simulator: Simulator;
  readonly readySeconds: readonly number[];
  /** Ends the workers. @returns what each has used */
  end(): Promise<readonly Usage[]>;
}

/** A fleet and the workers that reach it, for as long as `work` takes. */
export async function withWorkers<T>(
  { address }: Place,
  load: Load,
  work: (started: Started) => Promise<T>,
): Promise<T> {
  const simulator = await simulate(load);
  const folder = await mkdtemp(join(tmpdir(), 'imds-rollout-bench-'));
  const workers: MeasuredProcess[] = [];
  const end = () => Promise.all(workers.splice(0).map((worker) => worker.end()));
  try {
    const config = join(folder, 'worker.json');
    await writeFile(config, JSON.stringify({ pacing: load.pacing }));
    const flags = ['worker', '--address', address, '--config', config];
    const readySeconds: number[] = [];
    // One after the other: together they would slow each other's start down.
    for (let index = 0; index < load.workers; index += 1) {
      const worker = await MeasuredProcess.start(CLI, flags, environment(simulator));
      workers.push(worker);
      readySeconds.push(await worker.untilSaid('Worker polls'));
    }
    return await work({ simulator, readySeconds, end });
  } finally {
    await end();
    await simulator.close();
    await rm(folder, { recursive: true, force: true });
  }
}

function spec(load: Load): RolloutSpecInput {
  return {
    ...basicSpec(load),
    stages: [{ name: 'all', size: 'rest' }],
    concurrency: load.concurrency,
    apply: { timeout: '10m', pollInterval: `${load.poll}ms` },
    ...(!load.evidence && { evidence: 'off' }),
  };
}

/** All instances of the fleet, by the default of everything else that the simulated ones can meet. */
export function basicSpec(load: Load) {
  return {
    name: `bench-${randomUUID().slice(0, 4)}`,
    options: { httpTokens: 'required' },
    targets: { regions: regionsOf(load) },
    // The simulated hosts are new: there is no data of theirs yet.
    evidence: { onUnknown: 'allow' },
  } satisfies RolloutSpecInput;
}
