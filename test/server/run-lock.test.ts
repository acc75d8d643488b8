import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import {
  claimFolder,
  databaseFile,
  databaseVersions,
  endLeftover,
  findLiveServer,
  identify,
  type StateFolder,
  stateFolder,
} from '../../src/server/index.js';

/** Where only those of another host can be told apart by time, and nobody by an ID alone. */
const isKnown = process.platform !== 'win32';

async function makeFolder(): Promise<StateFolder> {
  const folder = await mkdtemp(join(tmpdir(), 'imds-rollout-state-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return stateFolder({}, join(folder, 'state'));
}

/** A process that does nothing, until it is ended. */
async function startIdle(): Promise<ChildProcess & { readonly pid: number }> {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
  onTestFinished(() => void child.kill('SIGKILL'));
  await once(child, 'spawn');
  const { pid } = child;
  if (pid === undefined) throw new Error('no process');
  return Object.assign(child, { pid });
}

/** The lock of a run that can't have given it back. */
async function leaveLock(folder: StateFolder, record: object): Promise<void> {
  claimFolder(folder).release();
  await writeFile(folder.lock, JSON.stringify({ host: hostname(), ...record }));
}

const server = { pid: 4_000_000, started: 'never', address: '127.0.0.1:9' };

it('a folder belongs to one process at a time, is given back, and is for its user only', async () => {
  const folder = await makeFolder();
  const claim = claimFolder(folder);
  claim.record({ ...identify(process.pid), address: '127.0.0.1:7' });
  expect(() => claimFolder(folder)).toThrow(
    expect.objectContaining({
      type: 'StateFolderInUse',
      message: expect.stringMatching(new RegExp(`process ${process.pid} .*127.0.0.1:7`)),
    }),
  );
  expect(findLiveServer(folder)).toMatchObject({ address: '127.0.0.1:7' });
  claim.release();
  expect(findLiveServer(folder)).toBeUndefined();
  claimFolder(folder).release();
  expect(await readdir(folder.path)).toEqual([]);
  if (process.platform !== 'win32') expect((await stat(folder.path)).mode & 0o077).toBe(0);
});

it.runIf(isKnown)('the lock of a process that has ended is taken over, and says what it has left', async () => {
  const folder = await makeFolder();
  const ended = await startIdle();
  const holder = identify(ended.pid);
  await leaveLock(folder, { ...holder, server });
  expect(() => claimFolder(folder)).toThrow(/is in use/);
  ended.kill('SIGKILL');
  await once(ended, 'exit');
  expect(findLiveServer(folder)).toBeUndefined();
  const claim = claimFolder(folder);
  expect(claim.leftover).toEqual(server);
  claim.release();
});

it.runIf(isKnown)('an ID that has become another process holds nothing, and gets no signal', async () => {
  const folder = await makeFolder();
  const other = await startIdle();
  await leaveLock(folder, { pid: other.pid, started: 'before the last boot', server });
  claimFolder(folder).release();

  expect(await endLeftover({ pid: other.pid, started: 'before the last boot', address: '127.0.0.1:9' })).toBe(false);
  expect(identify(other.pid).started).toBeDefined();
  expect(other.exitCode ?? other.signalCode).toBeNull();

  const gone = once(other, 'exit');
  expect(await endLeftover({ ...identify(other.pid), address: '127.0.0.1:9' })).toBe(true);
  await gone;
});

it('a lock of another host counts while it is touched', async () => {
  const folder = await makeFolder();
  await leaveLock(folder, { pid: 1, started: 'there', host: 'elsewhere' });
  expect(() => claimFolder(folder)).toThrow(/process 1 on elsewhere/);
  const earlier = new Date(Date.now() - 60_000);
  await utimes(folder.lock, earlier, earlier);
  claimFolder(folder).release();
});

it('a leftover that nothing tells apart is left alone: where it answers, a person has to end it', async () => {
  const { createServer } = await import('node:net');
  const listener = createServer().listen(0, '127.0.0.1');
  await once(listener, 'listening');
  onTestFinished(() => void listener.close());
  const address = `127.0.0.1:${Object(listener.address()).port}`;
  await expect(endLeftover({ pid: process.pid, address })).rejects.toMatchObject({ type: 'LeftoverServer' });
  expect(await endLeftover({ pid: process.pid, address: '127.0.0.1:1' })).toBe(false);
});

it('a flag goes before the environment, and each version of the server has a database of its own', async () => {
  expect(stateFolder({ IMDS_ROLLOUT_STATE: '/a' }, '/b').path).toBe('/b');
  expect(stateFolder({ IMDS_ROLLOUT_STATE: '/a' }).path).toBe('/a');
  const folder = await makeFolder();
  expect(databaseVersions(folder)).toEqual([]);
  claimFolder(folder).release();
  for (const version of ['1.9.1', '1.10.0-rc.1']) await writeFile(databaseFile(folder, version), '');
  await writeFile(`${databaseFile(folder, '1.9.1')}-journal`, '');
  expect(databaseVersions(folder).toSorted()).toEqual(['1.10.0-rc.1', '1.9.1']);
});
