import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { PollingWorker } from '../worker.js';
import { reasonOf } from './errors.js';
import { cantServe, HEALTH } from './listen-address.js';

/** How long the server may take to answer, and for how long its answer is good; milliseconds. */
const ANSWER_TIMEOUT = 2_000;
const GOOD_FOR = 1_000;

/** What a supervisor asks of a worker: /livez whether its process answers, /readyz whether it can take work. */
export interface HealthServer {
  /** `http://address:port` */
  readonly url: string;
  /** From now on it is ready, while it polls and the Temporal server answers. */
  polls(worker: PollingWorker): void;
  /** From now on it takes no more work. */
  drains(): void;
  close(): Promise<void>;
}

type Answer = readonly [code: number, text: string];

/**
 * Serves the health of a worker; until told otherwise it is starting. Nothing is told that an outsider could use.
 *
 * @param address - `address:port`; port 0 is any free one
 * @throws CliError `BadInput` where it can't be had
 */
export async function serveHealth(address: string): Promise<HealthServer> {
  const readiness = new Readiness();
  const server = createServer((request, response) => {
    void answer(request, readiness).then((given) => send(request, response, given));
  });
  const [, host = '', port] = /^\[?(.*?)\]?:(\d+)$/.exec(address) ?? [];
  server.listen(Number(port), host);
  await once(server, 'listening').catch((error: unknown) => {
    const isTaken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
    throw cantServe(HEALTH.flag, address, isTaken ? 'Address already in use' : reasonOf(error), error);
  });
  const bound = server.address();
  const real = typeof bound === 'object' && bound !== null ? bound.port : port;
  return {
    url: `http://${address.replace(/:\d+$/, '')}:${real}`,
    polls: (worker) => readiness.polls(worker),
    drains: () => readiness.drains(),
    close: async () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

async function answer({ method, url = '' }: IncomingMessage, readiness: Readiness): Promise<Answer> {
  const path = url.replace(/\?.*$/s, '');
  if (path !== '/livez' && path !== '/readyz') return [404, 'not here: /livez and /readyz'];
  if (method !== 'GET' && method !== 'HEAD') return [405, 'GET or HEAD'];
  return path === '/livez' ? [200, 'alive'] : readiness.answer();
}

function send({ method }: IncomingMessage, response: ServerResponse, [code, text]: Answer): void {
  response.writeHead(code, { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' });
  response.end(method === 'HEAD' ? undefined : `${text}\n`);
}

class Readiness {
  #worker: PollingWorker | undefined;
  #isDraining = false;
  /** The last answer of the server, or the one that is awaited: many may ask, and one asks the server. */
  #reach: { readonly at: number; readonly answers: Promise<boolean> } | undefined;

  polls(worker: PollingWorker): void {
    this.#worker = worker;
  }

  drains(): void {
    this.#isDraining = true;
  }

  async answer(): Promise<Answer> {
    if (this.#isDraining) return [503, 'draining'];
    if (this.#worker === undefined) return [503, 'starting'];
    if (!this.#worker.isPolling()) return [503, 'not polling'];
    const answers = await this.#serverAnswers(this.#worker);
    if (this.#isDraining) return [503, 'draining'];
    return answers ? [200, 'ready'] : [503, 'the Temporal server does not answer'];
  }

  #serverAnswers(worker: PollingWorker): Promise<boolean> {
    const now = performance.now();
    if (this.#reach !== undefined && now - this.#reach.at < GOOD_FOR) return this.#reach.answers;
    const answers = worker.reachServer(ANSWER_TIMEOUT).then(
      () => true,
      () => false,
    );
    this.#reach = { at: now, answers };
    return answers;
  }
}
