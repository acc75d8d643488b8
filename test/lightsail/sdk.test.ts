import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { classifyError, createSdkLightsail, mayHaveTakenEffect, readFleet } from '../../src/lightsail/index.js';
import { CREDENTIALS, failure, json, type Loopback, type Reply, startLoopback, unusedUrl } from './loopback.js';

const REGION = 'eu-west-1';

/** What the one write of a test is classified as. */
async function problemOfWrite(server: Pick<Loopback, 'connect'>, requestTimeoutMs = 5_000) {
  const lightsail = server.connect({ requestTimeoutMs }).lightsail({ region: REGION });
  return lightsail
    .updateInstanceMetadataOptions({ instanceName: 'web-1', httpTokens: 'required' })
    .then(() => expect.fail('the write should have failed'), classifyError);
}

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('a call', () => {
  test('is one signed request for the region, and its reply keeps the request ID', async () => {
    await using server = await startLoopback(
      json(200, { operation: { id: 'op-1', status: 'Succeeded' } }, 'request-9'),
    );
    const reply = await server
      .connect()
      .lightsail({ region: REGION })
      .updateInstanceMetadataOptions({ instanceName: 'web-1', httpTokens: 'required' });
    expect(reply.operation?.id).toBe('op-1');
    expect(reply.$metadata.requestId).toBe('request-9');
    expect(server.received).toEqual([
      {
        target: 'Lightsail_20161128.UpdateInstanceMetadataOptions',
        scope: expect.stringMatching(/^AKIAIOSFODNN7EXAMPLE\/\d{8}\/eu-west-1\/lightsail\/aws4_request$/),
        body: { instanceName: 'web-1', httpTokens: 'required' },
      },
    ]);
  });

  test('with an empty 200 body is a reply without its member', async () => {
    await using server = await startLoopback((response) => response.writeHead(200).end());
    const lightsail = server.connect().lightsail({ region: REGION });
    expect((await lightsail.getInstance({ instanceName: 'web-1' })).instance).toBeUndefined();
    expect((await lightsail.getInstances({})).instances).toBeUndefined();
    expect((await lightsail.updateInstanceMetadataOptions({ instanceName: 'web-1' })).operation).toBeUndefined();
  });

  test('that is aborted ends, and may have taken effect', async () => {
    const controller = new AbortController();
    await using server = await startLoopback(() => controller.abort(new Error('shutting down')));
    const problem = await server
      .connect()
      .lightsail({ region: REGION })
      .updateInstanceMetadataOptions({ instanceName: 'web-1' }, { abortSignal: controller.signal })
      .then(() => expect.fail('the call should have been aborted'), classifyError);
    expect(problem).toMatchObject({ kind: 'transient', name: 'AbortError' });
    expect(mayHaveTakenEffect(problem)).toBe(true);
  });

  test('is not repeated where the environment asks for retries', async () => {
    vi.stubEnv('AWS_MAX_ATTEMPTS', '5');
    vi.stubEnv('AWS_RETRY_MODE', 'adaptive');
    await using server = await startLoopback(failure(400, 'ThrottlingException', 'Rate exceeded'));
    expect(await problemOfWrite(server)).toMatchObject({ kind: 'throttled', requestId: 'request-1' });
    expect(server.received).toHaveLength(1);
  });

  test('goes to AWS_ENDPOINT_URL_LIGHTSAIL where no endpoint is given', async () => {
    await using server = await startLoopback(json(200, { instances: [] }));
    vi.stubEnv('AWS_ENDPOINT_URL_LIGHTSAIL', server.url);
    const sdk = createSdkLightsail({ credentials: { ...CREDENTIALS } });
    expect((await sdk.lightsail({ region: REGION }).getInstances({})).instances).toEqual([]);
    sdk.close();
  });
});

describe('every error of the service, under its modelled status and under 400', () => {
  const modelled = [
    ['AccessDeniedException', 403, 'denied'],
    ['AccountSetupInProgressException', 428, 'setup-in-progress'],
    ['InvalidInputException', 400, 'rejected'],
    ['NotFoundException', 404, 'gone'],
    ['OperationFailureException', 400, 'transient'],
    ['RegionSetupInProgressException', 428, 'setup-in-progress'],
    ['ServiceException', 500, 'transient'],
    ['UnauthenticatedException', 401, 'credentials'],
  ] as const;
  const unmodelled = [
    ['ThrottlingException', 400, 'throttled'],
    ['UnrecognizedClientException', 400, 'credentials'],
    ['ExpiredTokenException', 400, 'credentials'],
    ['InternalFailure', 500, 'transient'],
    ['ServiceUnavailable', 503, 'transient'],
  ] as const;
  const cases = [...modelled, ...unmodelled].flatMap(([name, modelledStatus, kind]) =>
    [...new Set([modelledStatus, 400])].map((status) => [name, status, kind] as const),
  );

  test.each(cases)('%s under %i is %s, after one request', async (name, status, kind) => {
    await using server = await startLoopback(failure(status, name, 'the reason'));
    const problem = await problemOfWrite(server);
    expect(problem).toEqual({ kind, name, message: 'the reason', requestId: 'request-1' });
    expect(server.received).toHaveLength(1);
  });
});

describe('every unclear answer to a write is transient and may have taken effect', () => {
  const faults: Record<string, { reply: Reply; name: string }> = {
    'a reset': { reply: (response) => response.socket?.resetAndDestroy(), name: 'TimeoutError' },
    'a closed connection': { reply: (response) => response.destroy(), name: 'TimeoutError' },
    'an HTML 502': {
      reply: (response) => response.writeHead(502, { 'content-type': 'text/html' }).end('<html>Bad Gateway</html>'),
      name: 'SyntaxError',
    },
    'an HTML 200': {
      reply: (response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<html>Sign in</html>'),
      name: 'SyntaxError',
    },
    'an empty 503': { reply: (response) => response.writeHead(503).end(), name: 'Unknown' },
    'a truncated body': {
      reply: (response) => response.writeHead(200).end('{"operation":{"id":'),
      name: 'SyntaxError',
    },
    'a body cut by a reset': { reply: cutBody, name: 'ECONNRESET' },
    'a timestamp of the wrong form': {
      reply: json(200, { operation: { createdAt: '2026-01-01T00:00:00Z' } }),
      name: 'TypeError',
    },
  };

  test.each(Object.entries(faults))('%s', async (_, { reply, name }) => {
    await using server = await startLoopback(reply);
    const problem = await problemOfWrite(server);
    expect(problem).toMatchObject({ kind: 'transient', name });
    expect(problem.message).not.toBe('');
    expect(mayHaveTakenEffect(problem)).toBe(true);
    expect(server.received).toHaveLength(1);
  });

  test.each([
    ['no answer', () => {}],
    ['a body that stalls', stallBody],
  ] satisfies [string, Reply][])('%s, within the request timeout', async (_, reply) => {
    await using server = await startLoopback(reply);
    const problem = await problemOfWrite(server, 1_000);
    expect(problem).toMatchObject({ kind: 'transient', name: 'TimeoutError' });
    expect(mayHaveTakenEffect(problem)).toBe(true);
    expect(server.received).toHaveLength(1);
  });

  test('nobody listens', async () => {
    const sdk = createSdkLightsail({ endpoint: await unusedUrl(), credentials: { ...CREDENTIALS } });
    const problem = await problemOfWrite({ connect: () => sdk });
    expect(problem).toMatchObject({ kind: 'transient', name: 'ECONNREFUSED' });
    expect(mayHaveTakenEffect(problem)).toBe(true);
    sdk.close();
  });
});

describe('an answer that is none of the protocol ends its call with words about it', () => {
  const body = JSON.stringify({ instances: [] });
  const encoded = { 'content-encoding': 'gzip' };
  test.each<[string, Reply, RegExp]>([
    ['compressed', (response) => response.writeHead(200, encoded).end(gzipSync(body)), /content-encoding gzip/],
    [
      'compressed, it says, and is not',
      (response) => response.writeHead(200, encoded).end('{'),
      /content-encoding gzip/,
    ],
    ['a page of a proxy', (response) => response.writeHead(200).end('<html>'), /it is no JSON/],
    ['a time as text', json(200, { instances: [{ createdAt: '2026-01-01' }] }), /another form than it should/],
    [
      'shorter than it says',
      (response) => response.writeHead(200, { 'content-length': '99' }).end(body),
      /GetInstances/,
    ],
  ])('%s', async (_, reply, why) => {
    await using server = await startLoopback(reply);
    const lightsail = server.connect({ requestTimeoutMs: 1_000 }).lightsail({ region: REGION });
    const problem = await readFleet(lightsail, { region: REGION }, {}).then(
      () => expect.fail('it should have failed'),
      classifyError,
    );
    expect(problem).toMatchObject({ kind: 'transient', message: expect.stringMatching(why) });
    expect(problem.message).toContain('eu-west-1');
    expect(server.received).toHaveLength(1);
  });

  test('with a name of 100 KB', async () => {
    const arn = 'arn:aws:lightsail:eu-west-1:111122223333:Instance/1';
    await using server = await startLoopback(json(200, { instances: [{ arn, name: 'w'.repeat(100_000) }] }));
    const lightsail = server.connect().lightsail({ region: REGION });
    const problem = await readFleet(lightsail, { region: REGION }, {}).catch(classifyError);
    expect(problem).toMatchObject({
      name: 'EmptyReply',
      message: 'GetInstances of eu-west-1 listed an instance without a usable name or ARN. Try again.',
    });
  });
});

describe('clients', () => {
  test('are kept, one for each region, and the own account may be named', async () => {
    await using server = await startLoopback(json(200, { instances: [] }));
    const { lightsail } = server.connect({ account: '111122223333' });
    expect(lightsail({ region: REGION })).toBe(lightsail({ region: REGION, account: '111122223333' }));
    expect(lightsail({ region: REGION })).not.toBe(lightsail({ region: 'us-east-1' }));
  });

  test('of another account are refused by name, and nothing is sent', async () => {
    await using server = await startLoopback(json(200, { instances: [] }));
    const { lightsail } = server.connect({ account: '111122223333' });
    await expect(lightsail({ region: REGION, account: '444455556666' }).getInstances({})).rejects.toMatchObject({
      name: 'AccountNotConfigured',
      message: expect.stringMatching(/444455556666 .*belong to 111122223333/),
    });
    expect(server.received).toEqual([]);
  });

  test('open no more connections than allowed', async () => {
    const waiting: ServerResponse[] = [];
    let most = 0;
    await using server = await startLoopback((response, request) => {
      waiting.push(response);
      most = Math.max(most, waiting.length);
      // Answered only when nothing more can arrive: both connections wait, or the last request is here.
      if (waiting.length === 2) for (const each of waiting.splice(0)) json(200, { instances: [] })(each, request);
    });
    const lightsail = server.connect({ maxSockets: 2 }).lightsail({ region: REGION });
    await Promise.all(Array.from({ length: 6 }, () => lightsail.getInstances({})));
    expect(most).toBe(2);
    expect(server.received).toHaveLength(6);
  });

  test('end their connections when closed, and give nothing afterwards', async () => {
    await using server = await startLoopback(json(200, { instances: [] }));
    const sdk = server.connect();
    const connected = once(server.server, 'connection');
    await sdk.lightsail({ region: REGION }).getInstances({});
    const [socket] = await connected;
    const ended = once(socket, 'close');
    sdk.close();
    await ended;
    expect(() => sdk.lightsail({ region: REGION })).toThrow(expect.objectContaining({ name: 'LightsailClosed' }));
  });
});

test('no credential of the caller is in a problem, even where the service quotes it', async () => {
  const { accessKeyId, secretAccessKey, sessionToken } = CREDENTIALS;
  const quote = `Key ${accessKeyId} (${secretAccessKey}). Canonical string: 'POST\nx-amz-security-token:${sessionToken}'`;
  await using server = await startLoopback(failure(403, 'SignatureDoesNotMatch', quote));
  const text = JSON.stringify(await problemOfWrite(server));
  expect(text).toContain('SignatureDoesNotMatch');
  for (const secret of Object.values(CREDENTIALS)) expect(text).not.toContain(secret.slice(0, 12));
});

function cutBody(response: ServerResponse): void {
  response.writeHead(200, { 'content-length': '1000' }).write('{"operation":', () => response.destroy());
}

function stallBody(response: ServerResponse): void {
  response.writeHead(200, { 'content-length': '1000' }).write('{"operation":');
}
