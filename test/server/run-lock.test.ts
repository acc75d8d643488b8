import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, mkdir, mkdtemp, readdir, rename, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
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
async function startIdle(...words: readonly string[]): Promise<ChildProcess & { readonly pid: number }> {
  const script = ['-e', 'setInterval(() => {}, 1000)', '--'];
  const child = spawn(process.execPath, [...script, ...words], { stdio: 'ignore' });
  onTestFinished(() => void child.kill('SIGKILL'));
  await once(child, 'spawn');
  const { pid } = child;
  if (pid === undefined) throw new Error('no process');
  return Object.assign(child, { pid });
}

/** A process with the command line of a Temporal server over a database of that folder. */
const startServer = (folder: StateFolder) =>
  startIdle('server', 'start-dev', '--port=9', `--db-filename=${databaseFile(folder, '1.9.1')}`, '--headless');

/** The lock of a run that can't have given it back. */
async function leaveLock(folder: StateFolder, record: object): Promise<void> {
  claimFolder(folder).release();
  await writeFile(folder.lock, JSON.stringify({ host: hostname(), ...record }), { mode: 0o600 });
}

const server = { pid: 4_000_000, started: 'never', address: '127.0.0.1:9' };

it('a folder belongs to one process at a time, is given back, and is for its user only', async () => {
  const folder = await makeFolder();
  const claim = claimFolder(folder);
  const { pid } = await startServer(folder);
  claim.record({ ...identify(pid), address: '127.0.0.1:9' });
  expect(() => claimFolder(folder)).toThrow(
    expect.objectContaining({
      type: 'StateFolderInUse',
      message: expect.stringMatching(new RegExp(`process ${process.pid} .*127.0.0.1:9`)),
    }),
  );
  expect(findLiveServer(folder)).toMatchObject({ address: '127.0.0.1:9' });
  if (process.platform !== 'win32') {
    expect((await stat(folder.path)).mode & 0o077).toBe(0);
    expect((await stat(folder.lock)).mode & 0o077).toBe(0);
  }
  claim.release();
  expect(findLiveServer(folder)).toBeUndefined();
  claimFolder(folder).release();
  expect(await readdir(folder.path)).toEqual([]);
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

  expect(await endLeftover({ pid: other.pid, started: 'before the last boot', address: '127.0.0.1:9' }, folder)).toBe(
    false,
  );
  expect(other.exitCode ?? other.signalCode).toBeNull();

  const leftover = await startServer(folder);
  expect(identify(leftover.pid).started).toBeDefined();
  const gone = once(leftover, 'exit');
  expect(await endLeftover({ ...identify(leftover.pid), address: '127.0.0.1:9' }, folder)).toBe(true);
  await gone;
});

it.runIf(isKnown)('a lock names no process but a Temporal server over a database of its folder', async () => {
  const folder = await makeFolder();
  const elsewhere = await makeFolder();
  const bystanders = [
    await startIdle(),
    await startIdle('server', 'start-dev', '--port=9', '--headless'),
    await startServer(elsewhere),
    await startIdle('server', 'start-dev', '--port=10', `--db-filename=${databaseFile(folder, '1.9.1')}`, '--headless'),
  ];
  claimFolder(folder).release();
  for (const bystander of bystanders) {
    const recorded = { ...identify(bystander.pid), address: '127.0.0.1:9' };
    await writeFile(folder.lock, JSON.stringify({ host: hostname(), ...identify(process.pid), server: recorded }), {
      mode: 0o600,
    });
    expect(findLiveServer(folder)).toBeUndefined();
    expect(await endLeftover(recorded, folder)).toBe(false);
    expect(bystander.exitCode ?? bystander.signalCode).toBeNull();
  }
});

it.each(['evil.example:7233', '10.0.0.1:7233', '127.0.0.1.evil.example:7233', '[::1]:7233', '127.0.0.1'])(
  'a lock leads nobody to a server at %s',
  async (address) => {
    const folder = await makeFolder();
    const { pid } = await startServer(folder);
    await leaveLock(folder, { ...identify(process.pid), server: { ...identify(pid), address } });
    expect(findLiveServer(folder)).toBeUndefined();
    const claim = claimFolder(folder);
    expect(claim.leftover).toBeUndefined();
    claim.release();
  },
);

describe.runIf(process.platform !== 'win32')('a state folder is refused', () => {
  /** Only an administrator can give files away. */
  const foreignOwners: [how: string, spoil: (folder: StateFolder) => Promise<unknown>, why: RegExp][] =
    process.geteuid?.() === 0
      ? [
          ['of another user', ({ path }) => chown(path, 12_345, 12_345), /belongs to another user \(ID 12345\)/],
          ['with the lock of another user', ({ lock }) => chown(lock, 12_345, 12_345), /run\.lock belongs to another/],
        ]
      : [];

  it.each<[how: string, spoil: (folder: StateFolder) => Promise<unknown>, why: RegExp]>([
    ['that its group can write', ({ path }) => chmod(path, 0o770), /can be written by other users \(chmod go-w/],
    ['that everybody can write', ({ path }) => chmod(path, 0o707), /can be written by other users/],
    [
      'that is a link',
      async ({ path }) => {
        await rename(path, `${path}.real`);
        await symlink(`${path}.real`, path);
      },
      /is a symbolic link/,
    ],
    ['whose lock others can write', ({ lock }) => chmod(lock, 0o666), /run\.lock can be written by other users/],
    [
      'whose lock is a link',
      async ({ lock }) => {
        await rename(lock, `${lock}.real`);
        await symlink(`${lock}.real`, lock);
      },
      /run\.lock is a symbolic link/,
    ],
    [
      'whose journal others can write',
      ({ journal }) => mkdir(journal).then(() => chmod(journal, 0o777)),
      /journal can be/,
    ],
    [
      'whose database is a link',
      (folder) => symlink('/dev/null', databaseFile(folder, '1.9.1')),
      /temporal-1\.9\.1\.db is a symbolic link/,
    ],
    ...foreignOwners,
  ])('%s, and leads to no server', async (_, spoil, why) => {
    const folder = await makeFolder();
    const { pid } = await startServer(folder);
    const recorded = { ...identify(pid), address: '127.0.0.1:9' };
    await leaveLock(folder, { ...identify(process.pid), server: recorded });
    expect(findLiveServer(folder)).toMatchObject({ address: '127.0.0.1:9' });
    await spoil(folder);
    expect(findLiveServer(folder)).toBeUndefined();
    expect(() => claimFolder(folder)).toThrow(
      expect.objectContaining({ type: 'StateFolderUnusable', message: expect.stringMatching(why) }),
    );
  });
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
  const folder = await makeFolder();
  const port = address.split(':')[1];
  const database = `--db-filename=${databaseFile(folder, '1.9.1')}`;
  const { pid } = await startIdle('server', 'start-dev', `--port=${port}`, database, '--headless');
  await expect(endLeftover({ pid, address }, folder)).rejects.toMatchObject({ type: 'LeftoverServer' });
  const silent = await startServer(folder);
  expect(await endLeftover({ pid: silent.pid, address: '127.0.0.1:9' }, folder)).toBe(false);
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
