import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import { RolloutClient } from '../src/client/index.js';
import type { RolloutSpecInput } from '../src/rollout/spec.js';
import { CLI, timeNode } from './command-line.js';
import { environment, type Load, requireAllDone, simulate } from './fleet.js';
import { type HistoryFigures, readHistories } from './history.js';
import { MeasuredProcess, type Usage } from './measured-process.js';

/** Where the service counts calls, the worker is told of twice as many, so that it has to find the limit out. */
const TOLD = 2;

export interface RolloutFigures {
  /** From the start to the result. */
  readonly seconds: number;
  readonly calls: number;
  /** Calls a second that succeeded, from the first Update to the last one. */
  readonly rate: number;
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
  const simulator = await simulate(load);
  const folder = await mkdtemp(join(tmpdir(), 'imds-rollout-bench-'));
  const workers: MeasuredProcess[] = [];
  try {
    const config = join(folder, 'worker.json');
    await writeFile(config, JSON.stringify(workerConfig(load)));
    const flags = ['worker', '--address', place.address, '--config', config];
    const readySeconds: number[] = [];
    // One after the other: together they would slow each other's start down.
    for (let index = 0; index < load.workers; index += 1) {
      const worker = await MeasuredProcess.start(CLI, flags, environment(simulator));
      workers.push(worker);
      readySeconds.push(await worker.untilSaid('Worker polls'));
    }
    const start = performance.now();
    const rollout = await new RolloutClient(place.client).start(spec(load));
    const outcome = await rollout.result();
    const seconds = (performance.now() - start) / 1_000;
    if (outcome.status !== 'completed') throw new Error(`the rollout has ended otherwise: ${JSON.stringify(outcome)}`);
    requireAllDone(simulator, 'the rollout');
    const calls = simulator.state.calls().filter(({ operation }) => operation !== 'GetCallerIdentity');
    const updates = calls.filter(({ operation }) => operation === 'UpdateInstanceMetadataOptions');
    const [from = 0, to = 0] = [updates[0]?.at, updates.at(-1)?.at];
    const between = calls.filter(({ at, error }) => at >= from && at <= to && error === null);
    const history = await readHistories(place.client, rollout.workflowId);
    const ask = async (command: string) =>
      (await timeNode([CLI, command, rollout.workflowId, '--address', place.address])) / 1_000;
    const [statusSeconds, reportSeconds] = [await ask('status'), await ask('report')];
    const used = await Promise.all(workers.splice(0).map((worker) => worker.end()));
    const rate = to > from ? between.length / ((to - from) / 1_000) : 0;
    return { seconds, calls: calls.length, rate, history, workers: used, readySeconds, statusSeconds, reportSeconds };
  } finally {
    await Promise.all(workers.map((worker) => worker.end()));
    await simulator.close();
    await rm(folder, { recursive: true, force: true });
  }
}

function workerConfig({ throttle, pace = throttle && TOLD * throttle }: Load) {
  return pace === undefined ? {} : { pacing: { ratePerSecond: pace, burst: pace } };
}

function spec({ regions, concurrency, poll, careful }: Load): RolloutSpecInput {
  return {
    name: `bench-${randomUUID().slice(0, 4)}`,
    options: { httpTokens: 'required' },
    targets: { regions: [...regions] },
    stages: [{ name: 'all', size: 'rest' }],
    concurrency,
    apply: { timeout: '10m', pollInterval: `${poll}ms` },
    // Checks are as they are by default; a host of which there is no data goes ahead, as the simulated ones have none.
    ...(careful ? { evidence: { onUnknown: 'allow' } } : { evidence: 'off', health: { checks: [] } }),
  };
}
