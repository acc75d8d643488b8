import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { LeftoverServer } from './errors.js';
import { livenessOf, signalProcess } from './process-identity.js';
import type { ServerRecord } from './run-lock.js';

/** Milliseconds. */
const GRACE = { SIGTERM: 10_000, SIGKILL: 5_000 } as const;
const LOOK_AGAIN = 50;
const ANSWERS_WITHIN = 1_000;

/**
 * Ends the server of a run that was killed, since two over one database would take it from each other. Only the very process
 * that was recorded gets a signal, never another that has its ID now.
 *
 * @returns whether there was one
 * @throws LeftoverServer where it can't be told, or can't be ended
 */
export async function endLeftover(server: ServerRecord): Promise<boolean> {
  const liveness = livenessOf(server);
  if (liveness === 'gone') return false;
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
