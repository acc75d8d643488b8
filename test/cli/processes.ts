import { randomInt, randomUUID } from 'node:crypto';
import type { RolloutSpecInput } from '../../src/rollout/spec.js';
import type { Call, InstanceView, ScenarioInput } from '../../src/simulator/index.js';
import { heldChanges } from '../support/faults.js';
import { SECRET_KEY } from '../support/secret-pattern.js';
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
  /** A new instance in the fleet's region, with IMDSv1 open. */
  addInstance(name: string): Promise<void>;
  /** From now on changes are begun, and none is finished until `letGo`. */
  holdChanges(): Promise<void>;
  /** Finishes every change that is under way, and clears all faults. */
  letGo(): Promise<void>;
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
  const { url, env: printed } = readSimulatorLine(simulator.stdout());
  // The simulator takes any, and this one is known where it shows.
  const env = { ...printed, AWS_SECRET_ACCESS_KEY: SECRET_KEY };
  const get = async (path: string) => JSON.parse(await (await fetch(`${url}/_sim/${path}`)).text());
  const send = async (method: string, path: string, body?: object) => {
    const reply = await fetch(`${url}/_sim/${path}`, { method, ...(body && { body: JSON.stringify(body) }) });
    if (!reply.ok) throw new Error(`${method} ${path}: ${await reply.text()}`);
  };
  const instances = (): Promise<InstanceView[]> => get('instances');
  return {
    url,
    env,
    account,
    taskQueue,
    simulator,
    name,
    instances,
    calls: (operation) => get(operation === undefined ? 'calls' : `calls?operation=${operation}`),
    addInstance: (name) =>
      send('POST', 'instances', { account, region: 'us-east-1', name, metadataOptions: { httpTokens: 'optional' } }),
    holdChanges: async () => {
      for (const fault of heldChanges()) await send('POST', 'faults', fault);
    },
    letGo: async () => {
      await send('DELETE', 'faults');
      for (const { region, name, metadataOptions } of await instances()) {
        if (metadataOptions?.state !== 'pending') continue;
        await send('PATCH', `instances/${account}/${region}/${name}`, { metadataOptions: { state: 'applied' } });
      }
    },
    spec: (changes) =>
      specFile({
        name,
        options: { httpTokens: 'required' },
        targets: { regions: ['us-east-1'] },
        stages: [
          { name: 'canary', size: 1, bake: '50ms' },
          { name: 'rest', size: 'rest' },
        ],
        apply: { timeout: '5m', pollInterval: '40ms', maxErrors: 3 },
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

interface SimulatorLine {
  readonly url: string;
  readonly env: Readonly<Record<string, string>>;
}

function readSimulatorLine(stdout: string): SimulatorLine {
  const line: unknown = JSON.parse(stdout.split('\n')[0] ?? '');
  if (!isSimulatorLine(line)) throw new Error(`not the simulator's line: ${stdout}`);
  return line;
}

function isSimulatorLine(line: unknown): line is SimulatorLine {
  return typeof line === 'object' && line !== null && 'url' in line && 'env' in line;
}
