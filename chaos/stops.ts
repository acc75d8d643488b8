// Stops workers at random moments of a rollout, and counts the Updates that they send once they go on: by then another worker
// has finished the rollout, so that each of them is one too many.
import { randomInt, randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Command, InvalidArgumentError } from 'commander';
import { RolloutClient } from '../src/client/index.js';
import { startSimulator } from '../src/simulator/index.js';
import { waitUntil } from './patience.js';
import { type Ground, prepareGround } from './server.js';
import { WorkerPool } from './worker-pool.js';

const ACCESS_KEY = 'AKIACHAOS00000000001';
const REGION = 'us-east-1';

/** More changes at the same time than the workers have connections for their readings. */
const FLEET = 160;

/** Longest that a rollout may take; milliseconds. */
const PATIENCE = 300_000;

/** A worker that goes on has sent what it had begun once it has called for so long no more; milliseconds. */
const SILENCE = 3_000;

interface Stop {
  /** How many Updates had arrived when the worker was stopped. */
  readonly after: number;
  /** For how long it stood; milliseconds. */
  readonly stood: number;
  /** Names of the instances that were written to after it went on. */
  readonly late: readonly string[];
}

const command = new Command('chaos:stops')
  .description(
    'stops workers at random moments of a rollout, and counts what they write after another worker has finished it',
  )
  .option('--stops <n>', 'how many', wholeNumber, 12)
  .option('--lanes <n>', 'rollouts at the same time', wholeNumber, 2)
  .action(run);

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));

await command.parseAsync();

async function run({ stops, lanes }: { readonly stops: number; readonly lanes: number }): Promise<void> {
  const ground = await prepareGround();
  const ends: Stop[] = [];
  let begun = 0;
  const work = async () => {
    const lane = await openLane(ground);
    try {
      while (begun < stops) {
        begun += 1;
        const stop = await lane.stop();
        ends.push(stop);
        const late = stop.late.length === 0 ? 'nothing' : `Updates of ${stop.late.join(', ')}`;
        const stood = `for ${(stop.stood / 1_000).toFixed(1)} s`;
        print(`${ends.length}: stopped after ${stop.after} Updates ${stood}, then sent ${late}`);
      }
    } finally {
      await lane.close();
    }
  };
  const lanesEnd = await Promise.allSettled(Array.from({ length: lanes }, work));
  await ground.close();
  const guilty = ends.filter(({ late }) => late.length > 0);
  const updates = ends.reduce((sum, { late }) => sum + late.length, 0);
  print(
    `${updates === 0 ? '✔' : '✘'} ${ends.length} stops: ${updates} Updates came too late, after ${guilty.length} of them`,
  );
  process.exitCode = updates === 0 ? 0 : 1;
  for (const end of lanesEnd) if (end.status === 'rejected') throw end.reason;
}

/** Two workers of one account, of which one at a time is stopped. */
async function openLane(ground: Ground) {
  const account = String(randomInt(100_000_000_000, 999_999_999_999));
  const taskQueue = `stops-${randomUUID()}`;
  const simulator = await startSimulator({
    scenario: {
      accounts: [{ id: account, accessKeyId: ACCESS_KEY }],
      latency: { min: 50, max: 150 },
      pending: { min: 100, max: 1_000 },
      fleet: [
        {
          region: REGION,
          prefix: 'web-',
          count: FLEET,
          blueprint: 'ubuntu_22_04',
          options: { httpTokens: 'optional' },
        },
      ],
    },
  });
  const settings = {
    address: ground.address,
    taskQueue,
    bundle: ground.bundle,
    endpoint: simulator.url,
    accessKeyId: ACCESS_KEY,
    secretAccessKey: 'secret',
    maxCachedWorkflows: 50,
  };
  const workers = new WorkerPool([settings, settings]);
  await workers.fill();
  let stops = 0;
  const updates = () => simulator.state.calls({ operation: 'UpdateInstanceMetadataOptions' });
  const stop = async (): Promise<Stop> => {
    stops += 1;
    const before = updates().length;
    const rollout = await new RolloutClient(ground.client).start(
      {
        name: 'stops',
        // Another value each time, so that every instance has to be changed again.
        options: { httpTokens: 'required', httpPutResponseHopLimit: 1 + (stops % 60) },
        targets: { regions: [REGION] },
        stages: [{ name: 'all', size: 'rest' }],
        concurrency: FLEET,
        apply: { timeout: '10m', pollInterval: '200ms' },
        evidence: 'off',
      },
      { workflowId: `${taskQueue}-${stops}`, taskQueue },
    );
    const due = before + randomInt(1, Math.floor(FLEET * 0.8));
    await waitUntil('Updates', () => updates().length >= due, Date.now() + PATIENCE);
    await delay(randomInt(0, 100));
    const after = updates().length - before;
    const since = Date.now();
    const victim = stops % 2;
    await workers.signal(victim, 'SIGSTOP');
    await rollout.result();
    const done = updates().length;
    await workers.signal(victim, 'SIGCONT');
    const stood = Date.now() - since;
    let calls = -1;
    for (const end = Date.now() + PATIENCE; calls !== simulator.state.calls().length && Date.now() < end; ) {
      calls = simulator.state.calls().length;
      await delay(SILENCE);
    }
    const late = updates()
      .slice(done)
      .map(({ instanceName }) => instanceName ?? '?');
    return { after, stood, late };
  };
  return {
    stop,
    close: async () => {
      await workers.close();
      await simulator.close();
    },
  };
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

function wholeNumber(text: string): number {
  if (!/^[1-9]\d{0,3}$/.test(text)) throw new InvalidArgumentError('It must be a whole number from 1 to 9999.');
  return Number(text);
}
