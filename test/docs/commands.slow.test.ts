import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { NativeConnection } from '@temporalio/worker';
import { expect, onTestFinished, test, vi } from 'vitest';
import { EXIT } from '../../src/cli/exit-codes.js';
import { DEFAULT_TASK_QUEUE } from '../../src/rollout/queues.js';
import { openTemporalServer } from '../../src/server/index.js';
import { createWorld, type World } from '../support/world.js';
import { docCommands } from './doc-commands.js';
import { prepare, type } from './doc-stage.js';

/** Commands that stay until they are told to go, or that bring servers of their own: their own tests run them. */
const LASTING = ['demo', 'run', 'simulator', 'worker'];

const commands = await docCommands();

test('every command line of the documentation does what it is for', async () => {
  const world = await openWorld();
  const failed: string[] = [];
  const done = new Set<string>();
  for (const each of commands) {
    const { place, line, words, command } = each;
    const once = `${words.join(' ')}${each.isExample ? ' (example)' : ''}`;
    if (LASTING.includes(command) || done.has(once)) continue;
    done.add(once);
    await prepare(world, each);
    const end = await type(world, each);
    if (![EXIT.done, EXIT.targetsLeft].some((code) => code === end.code)) {
      failed.push(`${place}: ${line}\n  exit code ${end.code}: ${end.stdout}${end.stderr}`);
    }
  }
  expect(failed).toEqual([]);
  expect(done.size).toBeGreaterThan(20);
});

/** A fleet, a server and a worker that are reached without a flag, and an empty folder to work in. */
async function openWorld(): Promise<World> {
  const server = await openTemporalServer({ ownServer: true });
  onTestFinished(() => server.stop());
  const { address, namespace } = server;
  const connection = await Connection.connect({ address });
  const nativeConnection = await NativeConnection.connect({ address });
  onTestFinished(() => connection.close());
  onTestFinished(() => nativeConnection.close());
  const world = await createWorld({
    fleet: [
      { region: 'us-east-1', prefix: 'web-', count: 8 },
      { region: 'us-east-1', prefix: 'scratch-', count: 1 },
      { region: 'eu-west-1', prefix: 'api-', count: 3 },
    ],
    otherAccounts: [{ id: '444455556666', roles: [{ name: 'imds-rollout' }] }],
    taskQueue: DEFAULT_TASK_QUEUE,
    temporal: {
      address,
      namespace,
      client: async () => new Client({ connection, namespace }),
      nativeConnection: async () => nativeConnection,
    },
  });
  const folder = await mkdtemp(join(tmpdir(), 'imds-rollout-docs-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const before = process.cwd();
  process.chdir(folder);
  onTestFinished(() => process.chdir(before));
  const settings = { ...world.simulator.env, TEMPORAL_ADDRESS: address, TEMPORAL_NAMESPACE: namespace, NO_COLOR: '1' };
  for (const [name, value] of Object.entries(settings)) vi.stubEnv(name, value);
  onTestFinished(() => void vi.unstubAllEnvs());
  return world;
}
