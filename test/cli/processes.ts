import { randomInt, randomUUID } from 'node:crypto';
import type { RolloutSpecInput } from '../../src/rollout/spec.js';
import type { Call, InstanceView, ScenarioInput } from '../../src/simulator/index.js';
import { type RunningCommand, serverFlags, specFile, startCommand, temporaryFile } from './support.js';

/** A simulator process, with an account and a task queue that no other test has. */
export interface SimulatedFleet {
  readonly url: string;
  readonly env: Readonly<Record<string, string>>;
  readonly account: string;
  readonly taskQueue: string;
  readonly simulator: RunningCommand;
  instances(): Promise<InstanceView[]>;
  calls(operation?: string): Promise<Call[]>;
  /** A spec file over the fleet's region, with short times. */
  spec(changes?: Partial<RolloutSpecInput>): Promise<string>;
  /** The name of the specs, and so the default workflow ID without its prefix. */
  readonly name: string;
  /** A worker process that polls. */
  startWorker(...flags: string[]): Promise<RunningCommand>;
  /** Flags that lead `start` to the fleet's worker. */
  readonly startFlags: readonly string[];
}

export async function startFleet(
  scenario: Omit<ScenarioInput, 'accounts'> & {
    readonly count?: number;
    /** Beside the fleet's own. */
    readonly otherAccounts?: NonNullable<ScenarioInput['accounts']>;
  } = {},
): Promise<SimulatedFleet> {
  const account = String(randomInt(100_000_000_000, 999_999_999_999));
  const taskQueue = `cli-${randomUUID()}`;
  const name = `cli-${account}`;
  const { count = 5, otherAccounts = [], ...rest } = scenario;
  const file = await temporaryFile(
    'fleet.json',
    JSON.stringify({
      pending: { min: 20, max: 60 },
      fleet: [{ region: 'us-east-1', prefix: 'web-', count }],
      ...rest,
      accounts: [{ id: account }, ...otherAccounts],
    }),
  );
  const simulator = startCommand(['simulator', '--port', '0', '--scenario', file]);
  await simulator.says(/\n/);
  const { url, env } = readSimulatorLine(simulator.stdout());
  const get = async (path: string) => JSON.parse(await (await fetch(`${url}/_sim/${path}`)).text());
  return {
    url,
    env,
    account,
    taskQueue,
    simulator,
    name,
    instances: () => get('instances'),
    calls: (operation) => get(operation === undefined ? 'calls' : `calls?operation=${operation}`),
    spec: (changes) =>
      specFile({
        name,
        options: { httpTokens: 'required' },
        targets: { regions: ['us-east-1'] },
        stages: [
          { name: 'canary', size: 1, bake: '50ms' },
          { name: 'rest', size: 'rest' },
        ],
        apply: { timeout: '10s', pollInterval: '40ms', maxErrors: 3 },
        ...changes,
      }),
    startWorker: async (...flags) => {
      const worker = startCommand(['worker', ...serverFlags(), '--task-queue', taskQueue, ...flags], { env });
      await worker.says(/Worker polls/);
      return worker;
    },
    startFlags: [...serverFlags(), '--task-queue', taskQueue, '--yes'],
  };
}

export interface SimulatorLine {
  readonly url: string;
  readonly env: Readonly<Record<string, string>>;
}

export function readSimulatorLine(stdout: string): SimulatorLine {
  const line: unknown = JSON.parse(stdout.split('\n')[0] ?? '');
  if (!isSimulatorLine(line)) throw new Error(`not the simulator's line: ${stdout}`);
  return line;
}

function isSimulatorLine(line: unknown): line is SimulatorLine {
  return typeof line === 'object' && line !== null && 'url' in line && 'env' in line;
}
