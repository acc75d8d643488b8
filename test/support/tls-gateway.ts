import { once } from 'node:events';
import { connect, createSecureServer, type IncomingHttpHeaders, type ServerHttp2Session } from 'node:http2';
import { generate } from 'selfsigned';

/** Certificates of a CA that nobody knows, made anew. */
export interface TestCertificates {
  readonly ca: string;
  readonly server: { readonly cert: string; readonly key: string };
  readonly client: { readonly cert: string; readonly key: string };
}

/** The only name in the server's certificate. */
export const SERVER_NAME = 'temporal.test';

const EC = { algorithm: 'sha256', keyType: 'ec', curve: 'P-256' } as const;

export async function makeCertificates(): Promise<TestCertificates> {
  const named = (value: string) => [{ name: 'commonName', value }];
  const ca = await generate(named('a CA of the tests'), {
    ...EC,
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, critical: true },
    ],
  });
  const issue = async (name: string) => {
    const issued = await generate(named(name), {
      ...EC,
      ca: { key: ca.private, cert: ca.cert },
      extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: name }] }],
    });
    return { cert: issued.cert, key: issued.private };
  };
  return { ca: ca.cert, server: await issue(SERVER_NAME), client: await issue('client.test') };
}

export interface Gateway {
  readonly address: string;
  /** Headers of the requests so far. */
  readonly seen: readonly IncomingHttpHeaders[];
  /** No connection stands, and none comes about. */
  cut(): Promise<void>;
  restore(): Promise<void>;
  close(): Promise<void>;
}

export interface GatewayOptions {
  readonly certificates: TestCertificates;
  /** Whether clients need a certificate of the same CA. */
  readonly mutual: boolean;
  /** Who has no such key is turned away as Temporal Cloud does it. */
  readonly apiKey?: string;
}

/** A Temporal server as it is met in production: behind TLS, with certificates for clients and with keys. */
export async function openGateway(
  upstream: string,
  { certificates: { ca, server: own }, mutual, apiKey }: GatewayOptions,
): Promise<Gateway> {
  const seen: IncomingHttpHeaders[] = [];
  const sessions = new Set<ServerHttp2Session>();
  const server = createSecureServer({ ...own, ca, requestCert: mutual, rejectUnauthorized: mutual });
  server.on('session', (session) => {
    sessions.add(session);
    const behind = connect(`http://${upstream}`);
    behind.on('error', () => session.destroy());
    session.on('error', () => {});
    session.on('close', () => {
      sessions.delete(session);
      behind.destroy();
    });
    session.on('stream', (stream, headers) => {
      seen.push(headers);
      stream.on('error', () => {});
      if (apiKey !== undefined && headers.authorization !== `Bearer ${apiKey}`) {
        const refusal = { 'grpc-status': '16', 'grpc-message': 'Request unauthorized.' };
        stream.respond({ ':status': 200, 'content-type': 'application/grpc', ...refusal }, { endStream: true });
        return;
      }
      const request = behind.request(headers);
      request.on('error', () => stream.close());
      stream.on('close', () => request.close());
      stream.pipe(request);
      let trailers = {};
      request.on('trailers', (given) => {
        trailers = given;
      });
      request.on('response', (given, flags) => {
        // Refusals come without a body, and have their status in the headers.
        const endStream = (flags & END_STREAM) !== 0;
        stream.respond(given, { endStream, waitForTrailers: !endStream });
        if (endStream) return;
        stream.on('wantTrailers', () => stream.sendTrailers(trailers));
        request.pipe(stream);
      });
    });
  });
  const listen = async (port: number) => {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    const bound = server.address();
    return typeof bound === 'object' && bound !== null ? bound.port : 0;
  };
  const cut = async () => {
    const closed = once(server, 'close');
    server.close();
    for (const session of sessions) session.destroy();
    await closed;
  };
  const port = await listen(0);
  let isOpen = true;
  return {
    address: `127.0.0.1:${port}`,
    seen,
    cut: async () => {
      isOpen = false;
      await cut();
    },
    restore: async () => {
      await listen(port);
      isOpen = true;
    },
    close: async () => {
      if (isOpen) await cut();
    },
  };
}

/** RFC 9113, 6.2. */
const END_STREAM = 0x1;
