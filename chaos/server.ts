import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { resolveTemporalServer, startTemporalServer } from '../src/server/index.js';
import { workflowsPath } from '../src/workflows-path.js';

/** A Temporal server with a database file, which all lanes share, and the bundle that all workers run. */
export interface Ground {
  readonly address: string;
  readonly client: Client;
  readonly bundle: string;
  /** How often it has been killed. */
  readonly kills: number;
  /** SIGKILL, and a start at the same address with the same database file. One kill after the other. */
  killServer(): Promise<void>;
  close(): Promise<void>;
}

export async function prepareGround(): Promise<Ground> {
  const folder = await mkdtemp(join(tmpdir(), 'imds-rollout-chaos-'));
  const cli = await resolveTemporalServer({ ownServer: true });
  if (cli.kind !== 'executable') throw new Error('a running server is none to kill');
  const { code } = await bundleWorkflowCode({ workflowsPath: workflowsPath(), logger: new DefaultLogger('WARN') });
  const bundle = join(folder, 'workflows.js');
  await writeFile(bundle, code);
  const options = { path: cli.path, dbFile: join(folder, 'temporal.db') };
  let server = await startTemporalServer(options);
  const { address } = server;
  const connection = await Connection.connect({ address });
  let kills = 0;
  let killing = Promise.resolve();
  return {
    address,
    client: new Client({ connection }),
    bundle,
    get kills() {
      return kills;
    },
    killServer: () => {
      killing = killing.then(async () => {
        kills += 1;
        await server.kill();
        server = await startTemporalServer({ ...options, port: Number(address.split(':')[1]) });
      });
      return killing;
    },
    close: async () => {
      await killing;
      await connection.close();
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
