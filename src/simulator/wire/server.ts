import { setMaxListeners } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { handleCall } from '../api/handle-call.js';
import { CONTROL_PREFIX } from '../control/routes.js';
import { serveControl } from '../control/serve-control.js';
import type { WorldControl } from '../control/world-control.js';
import type { World } from '../world/world.js';
import { ApiError } from './api-error.js';
import { readBody } from './body.js';
import { deliver, jsonReply } from './delivery.js';

/** A server that listens. */
export interface RunningServer {
  readonly port: number;
  /** Ends every connection and reply at once. May be called again. */
  close(): Promise<void>;
}

/** Where to listen. */
export interface ListenOptions {
  readonly host: string;
  /** 0 is any free port. */
  readonly port: number;
}

/** Serves a world: the API at `/`, and the control interface. */
export async function startServer(world: World, control: WorldControl, listen: ListenOptions): Promise<RunningServer> {
  const closing = new AbortController();
  // Every reply that waits listens, and there may be hundreds.
  setMaxListeners(0, closing.signal);
  const server = createServer((request, response) => {
    serve(world, control, request, response, closing.signal).catch((error: unknown) => fail(response, error));
  });
  // A connection that is idle stays open: an end of ours, crossing a client's request, would look like a reset.
  server.keepAliveTimeout = 0;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(listen.port, listen.host, resolve);
  });
  const address = server.address();
  return {
    port: typeof address === 'object' && address ? address.port : listen.port,
    close: () =>
      new Promise((resolve) => {
        closing.abort();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function serve(
  world: World,
  control: WorldControl,
  request: IncomingMessage,
  response: ServerResponse,
  closing: AbortSignal,
): Promise<void> {
  const body = await readBody(request);
  if (body === undefined)
    return deliver(jsonReply(413, new ApiError('RequestEntityTooLargeException').body()), response);
  if (request.url?.startsWith(CONTROL_PREFIX)) return serveControl(control, request, body, response);
  if (request.method !== 'POST' || request.url !== '/') {
    return deliver(jsonReply(404, new ApiError('UnknownOperationException').body()), response);
  }
  const target = request.headers['x-amz-target'];
  const { delivery, afterMs } = handleCall(world, {
    target: typeof target === 'string' ? target : undefined,
    authorization: request.headers.authorization,
    body,
  });
  if (afterMs > 0) await sleep(afterMs, undefined, { signal: closing });
  deliver(delivery, response);
}

/** A request that its client gave up, or that was cut off by {@link RunningServer.close}, needs no answer. */
function fail(response: ServerResponse, error: unknown): void {
  if (response.destroyed || response.headersSent) return;
  const reason = error instanceof Error ? error.message : String(error);
  deliver(jsonReply(500, new ApiError('InternalFailure', `The simulator failed: ${reason}`).body()), response);
}
