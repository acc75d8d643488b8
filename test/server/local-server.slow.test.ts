import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import {
  type LocalServer,
  type LocalServerExit,
  type LocalServerOptions,
  openTemporalServer,
  resolveTemporalServer,
  startTemporalServer,
  TemporalServerMisconfigured,
  TemporalServerStartFailed,
} from '../../src/server/index.js';
import { until } from '../support/wait.js';
import { FakeMachine, temporaryFolder } from './fakes.js';

let cli = '';

beforeAll(async () => {
  const found = await resolveTemporalServer({ ownServer: true });
  if (found.kind === 'executable') cli = found.path;
});

describe('a local server', () => {
  it('answers as soon as it is started, for the namespace asked for', async () => {
    const server = await start({ namespace: 'ops' });

    const { namespaceInfo } = await withConnection(server, (connection) =>
      connection.workflowService.describeNamespace({ namespace: 'ops' }),
    );

    expect(namespaceInfo?.name).toBe('ops');
    expect(server).toMatchObject({ namespace: 'ops', address: expect.stringMatching(/^127\.0\.0\.1:\d+$/) });
    expect(server).not.toHaveProperty('uiUrl');
  });

  it('stopped leaves no process, and says that it was asked to end', async () => {
    const exits: LocalServerExit[] = [];
    const server = await start({ onExit: (exit) => exits.push(exit) });
    expect(isAlive(server.pid)).toBe(true);

    await server.stop();
    await server.stop();

    expect(isAlive(server.pid)).toBe(false);
    expect(exits).toMatchObject([{ requested: true }]);
  });

  it('that ends by itself says so', async () => {
    const exits: LocalServerExit[] = [];
    const server = await start({ onExit: (exit) => exits.push(exit) });

    process.kill(server.pid, 'SIGKILL');

    await until(() => expect(exits).toMatchObject([{ requested: false, signal: 'SIGKILL' }]));
  });

  it('with a database file keeps its workflows over a crash and a restart at the same address', async () => {
    const dbFile = join(await temporaryFolder(), 'made-for-it', 'state.db');
    const crashed = await start({ dbFile });
    await withConnection(crashed, (connection) =>
      new Client({ connection }).workflow.start('anything', { workflowId: 'kept', taskQueue: 'nobody' }),
    );

    await crashed.kill();
    const restarted = await start({ dbFile, port: Number(crashed.address.split(':')[1]) });

    expect(restarted.address).toBe(crashed.address);
    const described = await withConnection(restarted, (connection) =>
      new Client({ connection }).workflow.getHandle('kept').describe(),
    );
    expect(described.status.name).toBe('RUNNING');
  });

  it('serves the Web UI when asked to, says where its metrics are, and hands its lines to the log', async () => {
    const lines: string[] = [];
    const server = await start({ ui: true, metrics: true, log: (line) => lines.push(line) });

    expect((await fetch(server.uiUrl ?? '')).status).toBe(200);
    expect(await (await fetch(server.metricsUrl ?? '')).text()).toMatch(/^service_requests\{/m);
    expect(lines.join('\n')).toContain('Temporal CLI');
  });

  it('takes dynamic configuration, and fails with the server’s own words on a bad value', async () => {
    await start({ dynamicConfig: { 'limit.historyCount.suggestContinueAsNew': '40' } });

    await expect(start({ dynamicConfig: { 'limit.historyCount.suggestContinueAsNew': '{' } })).rejects.toThrow(
      /suggestContinueAsNew/,
    );
  });

  it('does not outlive the process that started it', async () => {
    const script = `
      const { runnerImport } = await import('vite');
      const { module } = await runnerImport(${JSON.stringify(join(import.meta.dirname, '../../src/server/index.ts'))});
      const server = await module.startTemporalServer({ path: ${JSON.stringify(cli)} });
      process.stdout.write(String(server.pid), () => process.exit(0));`;
    const parent = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    parent.stdout.on('data', (chunk) => {
      output += chunk;
    });
    const code = await new Promise((resolve) => parent.once('close', resolve));

    expect({ code, output }).toEqual({ code: 0, output: expect.stringMatching(/^\d+$/) });
    await until(() => expect(isAlive(Number(output))).toBe(false));
  });
});

describe('a start that fails', () => {
  it('shows the last lines of a server that ended', async () => {
    const machine = await FakeMachine.create();
    const path = await machine.write('dying', '#!/bin/sh\necho starting\necho "disk on fire" >&2\nexit 3\n');

    const error = await startTemporalServer({ path }).catch((thrown: unknown) => thrown);

    expect(error).toBeInstanceOf(TemporalServerStartFailed);
    expect(String(error)).toContain('it ended with exit code 3');
    expect(String(error)).toContain('| disk on fire');
  });

  it('ends a server that does not answer in time', async () => {
    const machine = await FakeMachine.create();
    const pidFile = join(machine.folder, 'pid');
    const path = await machine.write('mute', `#!/bin/sh\necho $$ > "${pidFile}"\necho thinking\nexec sleep 60\n`);

    await expect(startTemporalServer({ path, startDeadlineMs: 5_000 })).rejects.toThrow(
      /no answer within 5 s[\s\S]*\| thinking/,
    );
    expect(isAlive(Number(await readFile(pidFile, 'utf8')))).toBe(false);
  });

  it('says that a path cannot be run', async () => {
    await expect(startTemporalServer({ path: '/nowhere/temporal' })).rejects.toThrow(
      /nowhere.* cannot be run .*ENOENT/,
    );
  });

  it('because of a port that was taken in between is made good on another port', async () => {
    const machine = await FakeMachine.create();
    const path = await machine.write(
      'unlucky',
      `#!/bin/sh
if mkdir "$0.tried" 2>/dev/null; then echo "listen tcp: bind: address already in use" >&2; exit 1; fi
exec "${cli}" "$@"
`,
    );

    expect(await start({ path })).toMatchObject({ namespace: 'default' });
  });

  it('never takes another server at the port asked for for its own', async () => {
    const other = await start({});

    await expect(start({ port: Number(other.address.split(':')[1]) })).rejects.toThrow(/address already in use/);
  });
});

describe('opening a server', () => {
  it('starts a local one that a client can connect to, and stops it', async () => {
    const opened = await openTemporalServer({ env: { TEMPORAL_CLI_PATH: cli } });
    const connection = await Connection.connect(opened.connection);
    await connection.close();
    await opened.stop();

    expect(opened).toMatchObject({ kind: 'started', source: 'TEMPORAL_CLI_PATH', namespace: 'default' });
    if (opened.kind === 'started') expect(isAlive(opened.pid)).toBe(false);
  });

  it('takes a running one, and leaves it running', async () => {
    const running = await start({ namespace: 'ops' });
    const opened = await openTemporalServer({
      env: { TEMPORAL_ADDRESS: running.address, TEMPORAL_NAMESPACE: 'ops' },
    });

    await opened.stop();

    expect(opened).toMatchObject({ kind: 'running', address: running.address, namespace: 'ops' });
    expect(isAlive(running.pid)).toBe(true);
  });

  it('says which setting names a server that does not answer', async () => {
    const silent = createServer(() => {});
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void silent.close());
    const address = silent.address();
    const port = typeof address === 'object' ? address?.port : undefined;

    const error = await openTemporalServer({
      env: { TEMPORAL_ADDRESS: `127.0.0.1:${port}` },
      bounds: { answerMs: 300 },
    }).catch((thrown: unknown) => thrown);

    expect(error).toBeInstanceOf(TemporalServerMisconfigured);
    expect(String(error)).toMatch(/127\.0\.0\.1:\d+ \(from TEMPORAL_ADDRESS\) does not answer/);
  });
});

async function start(options: Partial<LocalServerOptions>): Promise<LocalServer> {
  const server = await startTemporalServer({ path: cli, ...options });
  onTestFinished(() => server.kill());
  return server;
}

async function withConnection<T>(server: LocalServer, use: (connection: Connection) => Promise<T>): Promise<T> {
  const connection = await Connection.connect({ address: server.address });
  try {
    return await use(connection);
  } finally {
    await connection.close();
  }
}

/** A process that has ended but that nobody has waited for still takes signals: look at its state where that can be seen. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return process.platform !== 'linux';
  }
}
