import { type ClientRequestArgs, Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { Duplex } from 'node:stream';
import { NodeHttpHandler, type NodeHttpHandlerOptions } from '@smithy/node-http-handler';

type Send = NodeHttpHandler['handle'];

/** What goes with one request, beside what the SDK knows. */
export interface SendOptions extends NonNullable<Parameters<Send>[1]> {
  /** Called when the connection stands, in the last step before the first byte leaves. What it throws ends the request, of which nothing was sent. */
  readonly confirm?: () => void;
}

type Connected = (error: Error | null, socket: Duplex) => void;

/**
 * Sends requests over a pool of connections; one that has to be confirmed over a connection of its own. In a pool it would wait
 * until a connection is free, and bytes that are given to a connection that isn't there yet wait in it as well.
 */
export class RequestHandler extends NodeHttpHandler {
  constructor(private readonly settings: NodeHttpHandlerOptions) {
    super(settings);
  }

  override async handle(request: Parameters<Send>[0], options: SendOptions = {}): ReturnType<Send> {
    const { confirm } = options;
    if (confirm === undefined) return super.handle(request, options);
    const [httpAgent, httpsAgent] = [new ConfirmingHttpAgent(confirm), new ConfirmingHttpsAgent(confirm)];
    const single = new NodeHttpHandler({ ...this.settings, httpAgent, httpsAgent });
    try {
      // It closes with the answer, as these agents keep none.
      return await single.handle(request, options);
    } catch (error) {
      single.destroy();
      throw error;
    }
  }
}

class ConfirmingHttpAgent extends HttpAgent {
  readonly #connecting = new Connecting();

  constructor(private readonly confirm: () => void) {
    super();
  }

  override createConnection(options: ClientRequestArgs, connected: Connected): undefined {
    this.#connecting.await(super.createConnection(options), 'connect', this.confirm, connected);
  }

  override destroy(): void {
    this.#connecting.destroy();
    super.destroy();
  }
}

class ConfirmingHttpsAgent extends HttpsAgent {
  readonly #connecting = new Connecting();

  constructor(private readonly confirm: () => void) {
    super();
  }

  override createConnection(options: ClientRequestArgs, connected: Connected): undefined {
    this.#connecting.await(super.createConnection(options), 'secureConnect', this.confirm, connected);
  }

  override destroy(): void {
    this.#connecting.destroy();
    super.destroy();
  }
}

/** Connections of which no agent knows yet, since they don't stand. */
class Connecting {
  readonly #sockets = new Set<Duplex>();

  /** Hands the connection on once it stands; its first write has to be confirmed. */
  await(
    socket: Duplex | null | undefined,
    event: 'connect' | 'secureConnect',
    confirm: () => void,
    connected: Connected,
  ) {
    if (!socket) return;
    this.#sockets.add(socket);
    const fail = (error: Error) => {
      if (!this.#sockets.delete(socket)) return;
      socket.destroy();
      connected(error, socket);
    };
    const onClose = () => fail(new Error('the connection was closed before it stood'));
    socket.on('error', fail);
    socket.once('close', onClose);
    socket.once(event, () => {
      this.#sockets.delete(socket);
      socket.off('error', fail);
      socket.off('close', onClose);
      confirmFirstWrite(socket, confirm);
      connected(null, socket);
    });
  }

  destroy(): void {
    for (const socket of this.#sockets) socket.destroy();
  }
}

/**
 * Confirms what is written first where the stream hands it to the system: whatever a process does between a confirmation and
 * that call is time in which it may be stopped.
 */
function confirmFirstWrite(socket: Duplex, confirm: () => void): void {
  const [write, writev] = [socket._write.bind(socket), socket._writev?.bind(socket)];
  let isConfirmed = false;
  const confirmed = (done: (error?: Error | null) => void, send: () => void) => {
    try {
      if (!isConfirmed) confirm();
      isConfirmed = true;
    } catch (error) {
      // It closes the connection, and ends the request.
      done(error instanceof Error ? error : new Error(String(error)));
      return;
    }
    send();
  };
  socket._write = (chunk, encoding, done) => confirmed(done, () => write(chunk, encoding, done));
  if (writev !== undefined) socket._writev = (chunks, done) => confirmed(done, () => writev(chunks, done));
}
