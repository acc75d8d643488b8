import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { DueReply } from '../api/conclude-call.js';
import { handleCall } from '../api/handle-call.js';
import { CONTROL_PREFIX } from '../control/routes.js';
import { serveControl } from '../control/serve-control.js';
import type { WorldControl } from '../control/world-control.js';
import { handleStsCall, isQueryRequest } from '../sts/handle-sts-call.js';
import type { World } from '../world/world.js';
import { ApiError } from './api-error.js';
import { readBody } from './body.js';
import { deliver, jsonReply } from './delivery.js';
import { DueReplies } from './due-replies.js';

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
  const due = new DueReplies();
  const server = createServer((request, response) => {
    serve(world, control, request, response, due).catch((error: unknown) => fail(response, error));
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
        due.giveUp();
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
  due: DueReplies,
): Promise<void> {
  const body = await readBody(request);
  if (body === undefined)
    return deliver(jsonReply(413, new ApiError('RequestEntityTooLargeException').body()), response);
  if (request.url?.startsWith(CONTROL_PREFIX)) return serveControl(control, request, body, response);
  if (request.method !== 'POST' || request.url !== '/') {
    return deliver(jsonReply(404, new ApiError('UnknownOperationException').body()), response);
  }
  const { delivery, afterMs } = callService(world, request.headers, body);
  if (afterMs === 0) return deliver(delivery, response);
  due.schedule(afterMs, () => {
    if (!response.destroyed) deliver(delivery, response);
  });
}

function callService(world: World, headers: IncomingHttpHeaders, body: string): DueReply {
  const target = single(headers['x-amz-target']);
  const sessionToken = single(headers['x-amz-security-token']);
  const { authorization } = headers;
  if (isQueryRequest(target, headers['content-type'])) {
    return handleStsCall(world, { authorization, sessionToken, body });
  }
  return handleCall(world, { target, authorization, sessionToken, body });
}

function single(header: string | string[] | undefined): string | undefined {
  return typeof header === 'string' ? header : undefined;
}

/** A request that its client gave up, or that was cut off by {@link RunningServer.close}, needs no answer. */
function fail(response: ServerResponse, error: unknown): void {
  if (response.destroyed) return;
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const reason = error instanceof Error ? error.message : String(error);
  deliver(jsonReply(500, new ApiError('InternalFailure', `The simulator failed: ${reason}`).body()), response);
}
