import { realpathSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { LeftoverServer } from './errors.js';
import { commandOf, livenessOf, type ProcessIdentity, signalProcess } from './process-identity.js';
import type { StateFolder } from './state-folder.js';

/** A server of a run, as its lock has it. */
type RecordedServer = ProcessIdentity & { readonly address: string };

/** Milliseconds. */
const GRACE = { SIGTERM: 10_000, SIGKILL: 5_000 } as const;
const LOOK_AGAIN = 50;
const ANSWERS_WITHIN = 1_000;

/**
 * Ends the server of a run that was killed, since two over one database would take it from each other. Only the very process
 * that was recorded gets a signal, and only where its command line is that of a Temporal server over a database of the folder.
 *
 * @returns whether there was one
 * @throws LeftoverServer where it can't be told, or can't be ended
 */
export async function endLeftover(server: RecordedServer, folder: StateFolder): Promise<boolean> {
  if (!isServerOf(server, folder)) return false;
  const liveness = livenessOf(server);
  if (liveness === 'unknown') {
    if (!(await answers(server.address))) return false;
    throw new LeftoverServer(server);
  }
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    signalProcess(server, signal);
    const deadline = Date.now() + GRACE[signal];
    while (Date.now() < deadline) {
      if (livenessOf(server) === 'gone') return true;
      await delay(LOOK_AGAIN);
    }
  }
  throw new LeftoverServer(server);
}

/**
 * Whether the recorded process still runs, and is a Temporal server over a database of that folder, at that port, as far as the
 * system says what it runs.
 */
export function isServerOf(server: RecordedServer, { path }: StateFolder): boolean {
  if (livenessOf(server) === 'gone') return false;
  const command = commandOf(server.pid);
  if (command === undefined) return true;
  const port = server.address.split(':').at(-1);
  const hasDatabase = (folder: string) => command.includes(` --db-filename=${join(folder, 'temporal-')}`);
  return (
    command.includes(' start-dev ') &&
    command.includes(` --port=${port} `) &&
    [path, realPathOf(path)].some(hasDatabase)
  );
}

function realPathOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

function answers(address: string): Promise<boolean> {
  const [host = '', port] = address.split(':');
  return new Promise((resolve) => {
    const socket = connect({ host, port: Number(port), timeout: ANSWERS_WITHIN });
    const settle = (isThere: boolean) => {
      socket.destroy();
      resolve(isThere);
    };
    socket.once('connect', () => settle(true));
    socket.once('error', () => settle(false));
    socket.once('timeout', () => settle(false));
  });
}
