import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/** A TCP way from workers to a server, at a port that stays, which can be cut. */
export class Gateway {
  readonly #sockets = new Set<Socket>();
  #target: { readonly host: string; readonly port: number } | undefined;
  #cuts = 0;

  private constructor(private readonly server: Server) {
    server.on('connection', (client) => this.#join(client));
  }

  static async open(): Promise<Gateway> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new Gateway(server);
  }

  /** Host and port. */
  get address(): string {
    const { port } = this.server.address() as AddressInfo;
    return `127.0.0.1:${port}`;
  }

  /** @param address - host and port; connections that lead elsewhere are cut */
  leadTo(address: string): void {
    const [host = '', port] = address.split(':');
    this.#target = { host, port: Number(port) };
    this.#drop();
  }

  /** All connections break at once, and new ones are refused until the time is over. */
  async cut(ms: number): Promise<void> {
    this.#cuts += 1;
    this.#drop();
    await delay(ms);
    this.#cuts -= 1;
  }

  async close(): Promise<void> {
    this.server.close();
    this.#drop();
    await once(this.server, 'close');
  }

  #join(client: Socket): void {
    if (this.#target === undefined || this.#cuts > 0) {
      client.destroy();
      return;
    }
    const server = connect(this.#target);
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      this.#sockets.add(from);
      // A reset is what a cut looks like; the other side is told by the close.
      from.on('error', () => undefined);
      from.on('close', () => {
        this.#sockets.delete(from);
        to.destroy();
      });
      from.pipe(to);
    }
  }

  #drop(): void {
    for (const socket of this.#sockets) socket.destroy();
  }
}
