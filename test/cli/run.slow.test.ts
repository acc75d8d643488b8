import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { rolloutJsonSchema } from '../../src/cli/json/outcome.js';
import { openState } from '../../src/cli/run/state.js';
import { connectionSettings } from '../../src/cli/temporal.js';
import { databaseFile, stateFolder } from '../../src/server/index.js';
import { heldChanges } from '../support/faults.js';
import { waitUntil } from '../support/wait.js';
import { type SimulatedFleet, startFleet } from './processes.js';
import { parseJson, runCommand, startCommand, temporaryFile } from './support.js';
import { startOnTerminal } from './terminal.js';

/** Files and folders within a folder that anybody but their owner may read or write. */
async function openToOthers(folder: string): Promise<string[]> {
  const names = await readdir(folder, { recursive: true });
  const modes = await Promise.all(names.map(async (name) => ({ name, mode: (await stat(join(folder, name))).mode })));
  return modes.filter(({ mode }) => (mode & 0o077) !== 0).map(({ name }) => name);
}

/** What leads `run` to a state folder of the test's own, and to no server of this machine's user. */
async function stateOf(fleet: SimulatedFleet) {
  const folder = await mkdtemp(join(tmpdir(), 'imds-rollout-state-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const TEMPORAL_CONFIG_FILE = await temporaryFile('temporal.toml', '[profile.default]\n');
  return { folder, env: { ...fleet.env, IMDS_ROLLOUT_STATE: folder, TEMPORAL_CONFIG_FILE } };
}

interface Lock {
  readonly pid: number;
  readonly server: { readonly pid: number; readonly address: string; readonly uiUrl: string };
}

async function readLock(folder: string): Promise<Lock> {
  return JSON.parse(await readFile(join(folder, 'run.lock'), 'utf8'));
}

/** For this process, as in the shell of somebody who has named no server. */
function useNoServer(state: string, config: string): void {
  for (const name of ['TEMPORAL_ADDRESS', 'TEMPORAL_NAMESPACE', 'TEMPORAL_PROFILE']) vi.stubEnv(name, '');
  vi.stubEnv('TEMPORAL_CONFIG_FILE', config);
  vi.stubEnv('IMDS_ROLLOUT_STATE', state);
  onTestFinished(() => void vi.unstubAllEnvs());
}

function isGone(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return false;
  } catch {
    return true;
  }
}

it('is killed in mid-stage with all that it has started, resumed, stopped by q, resumed again: one Update each, and 0', async () => {
  const fleet = await startFleet({ count: 5, faults: heldChanges({ after: 1 }) });
  const { folder, env } = await stateOf(fleet);
  const spec = await fleet.spec({ concurrency: 2 });
  const inChange = async () => (await fleet.instances()).filter((each) => each.metadataOptions?.state === 'pending');

  const first = startCommand(['run', spec, '--yes'], { env });
  onTestFinished(async () => {
    // Whatever became of the test: its servers have left their IDs.
    const { server } = await readLock(folder).catch(() => ({ server: undefined }));
    if (server !== undefined && !isGone(server.pid)) process.kill(server.pid, 'SIGKILL');
  });
  await first.says(/changing rest: .*2 in flight/);
  const { pid, server } = await readLock(folder);
  const cli = { version: '9.9.9', path: '' };
  const second = await openState(stateFolder({}, folder), cli, { wantsDatabase: false, note: () => {} }).catch(String);
  expect(second).toMatch(new RegExp(`in use by process ${pid} .*${server.address}`));
  useNoServer(folder, env.TEMPORAL_CONFIG_FILE);
  expect(connectionSettings({})).toMatchObject({ address: server.address, namespace: 'default' });
  expect(await readdir(folder)).toContainEqual(expect.stringMatching(/^temporal-.*\.db$/));
  if (process.platform !== 'win32') expect(await openToOthers(folder)).toEqual([]);

  first.signal('SIGKILL');
  process.kill(server.pid, 'SIGKILL');
  await first.ended;
  await waitUntil('its server is gone', () => isGone(server.pid));
  expect(await inChange()).toHaveLength(2);
  expect(await fleet.calls('UpdateInstanceMetadataOptions')).toHaveLength(3);

  const resumed = startOnTerminal(['run', '--resume'], env);
  await resumed.shows(/x abort {3}q stop \(the rollout stands still\)[\s\S]*q and Ctrl-C stop server and worker/);
  const other = (await readLock(folder)).server;
  resumed.press('q');
  await resumed.shows(/stands still, and is kept in[\s\S]*imds-rollout run --resume/);
  await fleet.letGo();
  expect(await resumed.ended).toMatchObject({ code: 130 });
  expect(isGone(other.pid)).toBe(true);
  expect((await readdir(folder)).filter((name) => name.startsWith('run.lock'))).toEqual([]);

  const refused = await runCommand(['run', spec, '--yes', '--json'], { env });
  expect(refused).toMatchObject({ code: 2 });
  expect(parseJson(refused)).toMatchObject({ error: { type: 'RolloutOpen' } });

  const end = await runCommand(['run', '--resume', fleet.name, '--json'], { env });
  expect(end.stderr).toMatch(/Going on with/);
  expect(end).toMatchObject({ code: 0 });
  const json = rolloutJsonSchema.parse(parseJson(end));
  expect(json).toMatchObject({
    state: 'ended',
    exitCode: 0,
    outcome: { result: { counts: { changed: 5, total: 5 } } },
  });
  // What comes back after a day is in the history still, and in a file.
  const { rollbackUntil } = Object(json.outcome?.status === 'completed' && json.outcome.result);
  expect(Date.parse(rollbackUntil)).toBeGreaterThan(Date.now() + 300 * 24 * 60 * 60_000);
  expect(await readdir(join(folder, 'journal'))).toEqual([expect.stringMatching(/\.undo\.json$/)]);

  const updates = await fleet.calls('UpdateInstanceMetadataOptions');
  expect(updates.map(({ instanceName }) => instanceName).toSorted()).toEqual([
    'web-1',
    'web-2',
    'web-3',
    'web-4',
    'web-5',
  ]);
  for (const { metadataOptions } of await fleet.instances()) {
    expect(metadataOptions).toMatchObject({ httpTokens: 'required', state: 'applied' });
  }
});

it('asks nobody where there is no terminal, and starts nothing', async () => {
  const fleet = await startFleet();
  const { folder, env } = await stateOf(fleet);
  const end = await runCommand(['run', await fleet.spec()], { env });
  expect(end).toMatchObject({ code: 2, stdout: '' });
  expect(end.stderr).toMatch(/add --yes/);
  expect(await readdir(folder)).toEqual([]);
  expect(await fleet.calls()).toEqual([]);
});

it('has nothing to go on with in a folder that was never used, or is of another version of the server', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'imds-rollout-state-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const state = stateFolder({}, folder);
  const cli = { version: '1.9.1', path: '/bin/temporal' };
  const notes: string[] = [];
  const note = (text: string) => notes.push(text);
  const resume = () => openState(state, cli, { wantsDatabase: true, note });
  await expect(resume()).rejects.toMatchObject({
    type: 'RolloutNotFound',
    message: expect.stringMatching(/no rollout was run with the state folder/),
  });
  await writeFile(databaseFile(state, '1.8.0'), '');
  await expect(resume()).rejects.toMatchObject({
    message: expect.stringMatching(/TEMPORAL_CLI_PATH .* version 1\.8\.0/),
  });
  expect((await readdir(folder)).toSorted()).toEqual(['temporal-1.8.0.db']);

  const opened = await openState(state, cli, { wantsDatabase: false, note });
  expect(notes.join()).toMatch(/temporal-1\.8\.0\.db .* stays as it is/);
  expect(opened.options.dbFile).toBe(databaseFile(state, '1.9.1'));
  opened.release();
});
