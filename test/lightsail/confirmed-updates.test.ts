import { once } from 'node:events';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import {
  type CallOptions,
  classifyError,
  createSdkLightsail,
  mayHaveTakenEffect,
  NamedError,
  WRITE_REFUSED,
} from '../../src/lightsail/index.js';
import { makeCertificates } from '../support/tls-gateway.js';
import { CREDENTIALS, json, startLoopback, unusedUrl } from './loopback.js';

const SCOPE = { region: 'eu-west-1' };
const UPDATE = { instanceName: 'web-1', httpTokens: 'required' } as const;
const ACCEPTED = { operation: { id: 'op-1', status: 'Succeeded' } };

function update(endpoint: string, call: CallOptions) {
  const sdk = createSdkLightsail({ endpoint, credentials: { ...CREDENTIALS } });
  onTestFinished(() => sdk.close());
  return sdk.lightsail(SCOPE).updateInstanceMetadataOptions(UPDATE, call);
}

const problemOf = (endpoint: string, call: CallOptions) =>
  update(endpoint, call).then(() => expect.fail('the Update should have failed'), classifyError);

function refuse(): never {
  throw new NamedError(WRITE_REFUSED, 'its record is too old');
}

async function listening(server: Server): Promise<number> {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('an Update that has to be confirmed', () => {
  it('is sent once it is', async () => {
    await using server = await startLoopback(json(200, ACCEPTED));
    let seenBefore: number | undefined;
    const confirm = () => {
      seenBefore = server.received.length;
    };
    expect((await update(server.url, { confirm })).operation?.id).toBe('op-1');
    expect([seenBefore, server.received.length]).toEqual([0, 1]);
  });

  it('is not sent where it is refused, which is no error of anybody and certain', async () => {
    const bytes: Buffer[] = [];
    const sockets: Socket[] = [];
    const server = createServer((socket) => {
      sockets.push(socket);
      socket.on('data', (chunk) => bytes.push(chunk));
    });
    const port = await listening(server);
    const problem = await problemOf(`http://127.0.0.1:${port}`, { confirm: refuse });
    expect(problem).toMatchObject({ kind: 'transient', name: WRITE_REFUSED, message: 'its record is too old' });
    expect(mayHaveTakenEffect(problem)).toBe(false);
    await vi.waitFor(() => expect(sockets.map(({ closed }) => closed)).toEqual([true]));
    expect(Buffer.concat(bytes).length).toBe(0);
  });

  it('waits for no connection that a reading is using', async () => {
    const answered: string[] = [];
    await using server = await startLoopback((response, request) => {
      const target = String(request.headers['x-amz-target']);
      answered.push(target);
      // The readings wait until the Update has been answered.
      if (target.endsWith('UpdateInstanceMetadataOptions')) json(200, ACCEPTED)(response, request);
    });
    const lightsail = server.connect({ maxSockets: 1 }).lightsail(SCOPE);
    const ending = new AbortController();
    const readings = Promise.allSettled(
      ['web-1', 'web-2'].map((instanceName) => lightsail.getInstance({ instanceName }, { abortSignal: ending.signal })),
    );
    await vi.waitFor(() => expect(answered).toHaveLength(1));
    const confirm = vi.fn();
    expect((await lightsail.updateInstanceMetadataOptions(UPDATE, { confirm })).operation?.id).toBe('op-1');
    expect(confirm).toHaveBeenCalledOnce();
    expect(server.received).toHaveLength(2);
    ending.abort();
    await readings;
  });

  it('is not confirmed where no connection comes about', async () => {
    const confirm = vi.fn();
    expect(await problemOf(await unusedUrl(), { confirm })).toMatchObject({ name: 'ECONNREFUSED' });
    expect(confirm).not.toHaveBeenCalled();
  });

  it('that is aborted while it connects leaves no connection behind', async () => {
    let socket: Socket | undefined;
    // A TLS handshake that nobody answers.
    const port = await listening(
      createServer((each) => {
        socket = each.resume();
      }),
    );
    const [confirm, ending] = [vi.fn(), new AbortController()];
    const problem = problemOf(`https://127.0.0.1:${port}`, { confirm, abortSignal: ending.signal });
    await vi.waitFor(() => expect(socket).toBeDefined());
    ending.abort();
    expect(await problem).toMatchObject({ name: 'AbortError' });
    await vi.waitFor(() => expect(socket?.closed).toBe(true));
    expect(confirm).not.toHaveBeenCalled();
  });

  it.each(['sent', 'refused'])('over TLS is confirmed after the handshake, and %s', async (what) => {
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
    const { server: own } = await makeCertificates();
    const seen: string[] = [];
    const sockets: Duplex[] = [];
    const server = createTlsServer(own, (request, response) => {
      seen.push(String(request.headers['x-amz-target']));
      json(200, ACCEPTED)(response, request);
    }).on('connection', (socket) => sockets.push(socket));
    onTestFinished(() => server.closeAllConnections());
    const endpoint = `https://127.0.0.1:${await listening(server)}`;
    if (what === 'refused')
      expect(await problemOf(endpoint, { confirm: refuse })).toMatchObject({ name: WRITE_REFUSED });
    else expect((await update(endpoint, { confirm: () => undefined })).operation?.id).toBe('op-1');
    // Each has a connection of its own, which is closed afterwards.
    await vi.waitFor(() => expect(sockets.map(({ closed }) => closed)).toEqual([true]));
    expect(seen).toHaveLength(what === 'sent' ? 1 : 0);
  });
});

it('the keys of an Update are found before its record', async () => {
  const credentials = vi.fn(async () => ({ ...CREDENTIALS }));
  const sdk = createSdkLightsail({ endpoint: await unusedUrl(), credentials });
  onTestFinished(() => sdk.close());
  await sdk.lightsail(SCOPE).prepareWrite?.();
  expect(credentials).toHaveBeenCalledOnce();
});
