import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createSdkLightsail, type SdkLightsailConfig } from '../../src/lightsail/index.js';

/** Credentials of AWS's own documentation; they open nothing. Frozen, as the SDK writes on the object it is given. */
export const CREDENTIALS = Object.freeze({
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
  sessionToken: `IQoJb3JpZ2luX2VjE${'QBw4c2FtcGxl'.repeat(20)}`,
});

interface Received {
  readonly target: string;
  readonly scope: string;
  readonly body: unknown;
}

/** What a reply does with a request that has been read whole. */
export type Reply = (response: ServerResponse, request: IncomingMessage) => void;

export interface Loopback extends AsyncDisposable {
  readonly url: string;
  readonly server: Server;
  readonly received: readonly Received[];
  /** What `createSdkLightsail` gives for this server. */
  connect(config?: SdkLightsailConfig): ReturnType<typeof createSdkLightsail>;
}

/** A server on a free port of loopback that answers every request in the same way. */
export async function startLoopback(reply: Reply): Promise<Loopback> {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const text = Buffer.concat(chunks).toString('utf8');
      received.push({
        target: String(request.headers['x-amz-target']),
        scope: /Credential=([^,]+)/.exec(request.headers.authorization ?? '')?.[1] ?? '',
        body: request.headers['content-type']?.includes('json') ? JSON.parse(text) : text,
      });
      reply(response, request);
    });
  });
  const url = await listen(server);
  const opened: ReturnType<typeof createSdkLightsail>[] = [];
  return {
    url,
    server,
    received,
    connect: (config = {}) => {
      const sdk = createSdkLightsail({ endpoint: url, credentials: { ...CREDENTIALS }, ...config });
      opened.push(sdk);
      return sdk;
    },
    [Symbol.asyncDispose]: async () => {
      for (const sdk of opened) sdk.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** The address of a port on which nothing listens any more. */
export async function unusedUrl(): Promise<string> {
  const server = createServer();
  const url = await listen(server);
  await new Promise((resolve) => server.close(resolve));
  return url;
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${portOf(server.address())}`;
}

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === 'string') throw new Error('The server listens on no port.');
  return address.port;
}

/** A reply in AWS JSON 1.1. */
export function json(status: number, body: unknown, requestId = 'request-1'): Reply {
  return (response) => {
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1', 'x-amzn-requestid': requestId });
    response.end(JSON.stringify(body));
  };
}

/** An error as the service sends it. */
export function failure(status: number, name: string, message = 'no'): Reply {
  return json(status, { __type: name, code: 'LightsailCode', message, docs: 'https://docs', tip: 'Try it.' });
}

/** An answer that never ends and is never silent: it has no last byte, and the next one comes soon. */
export const DRIPS: Readonly<Record<string, Reply>> = {
  'in its head': (response) => {
    const { socket } = response;
    socket?.write('HTTP/1.1 200 OK\r\n');
    drip(response, () => socket?.write('x-more: y\r\n'));
  },
  'in its body': (response) => {
    response.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' });
    drip(response, () => response.write(' '));
  },
  'in a body of a length that never comes': (response) => {
    response.writeHead(200, { 'content-length': '1000000' });
    drip(response, () => response.write('{"a":'));
  },
  'in an error': (response) => {
    response.writeHead(500, { 'content-type': 'application/x-amz-json-1.1' });
    drip(response, () => response.write(' '));
  },
};

function drip(response: ServerResponse, write: () => void): void {
  const timer = setInterval(write, 20);
  response.socket?.once('close', () => clearInterval(timer));
}
