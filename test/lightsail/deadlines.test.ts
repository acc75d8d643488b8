import { describe, expect, it, onTestFinished, type TestContext } from 'vitest';
import { postNotification } from '../../src/activities/notify.js';
import { probe } from '../../src/activities/probe.js';
import { classifyError, type Lightsail, mayHaveTakenEffect } from '../../src/lightsail/index.js';
import { SecurityTokens } from '../../src/lightsail/security-tokens.js';
import { CREDENTIALS, DRIPS, type Reply, startLoopback } from './loopback.js';

const REGION = 'eu-west-1';
const NOW = new Date('2026-11-25T12:00:00Z');

/** Every operation, as an error names it. */
const OPERATIONS: readonly [
  what: string,
  send: (lightsail: Lightsail, abortSignal?: AbortSignal) => Promise<unknown>,
][] = [
  ['GetInstance of eu-west-1/web-1', (api, signal) => api.getInstance({ instanceName: 'web-1' }, callOf(signal))],
  ['GetInstances of eu-west-1', (api, signal) => api.getInstances({}, callOf(signal))],
  [
    'UpdateInstanceMetadataOptions of eu-west-1/web-1',
    (api, signal) => api.updateInstanceMetadataOptions({ instanceName: 'web-1' }, callOf(signal)),
  ],
  [
    'GetInstanceMetricData of eu-west-1/web-1',
    (api, signal) =>
      api.getInstanceMetricData(
        {
          instanceName: 'web-1',
          metricName: 'MetadataNoToken',
          period: 3_600,
          startTime: NOW,
          endTime: NOW,
          unit: 'Count',
          statistics: ['Sum'],
        },
        callOf(signal),
      ),
  ],
  ['GetRegions of eu-west-1', (api, signal) => api.getRegions({}, callOf(signal))],
];

function callOf(abortSignal: AbortSignal | undefined) {
  return abortSignal === undefined ? {} : { abortSignal };
}

const DRIPPING = Object.entries(DRIPS);

/** A server whose answers have no end, and the connection of its first request. */
async function dripping(reply: Reply, whenFinished: TestContext['onTestFinished'] = onTestFinished) {
  const server = await startLoopback(reply);
  whenFinished(() => server[Symbol.asyncDispose]());
  const closed = new Promise<void>((resolve) => {
    server.server.once('connection', (socket) => socket.once('close', () => resolve()));
  });
  return { server, closed };
}

describe.each(DRIPPING)('an answer that never ends and is never silent, %s', (_, reply) => {
  // Long enough for the request to come, on a busy machine too.
  it.concurrent.for(OPERATIONS)(
    'ends the call in time, with its name, and its connection: %s',
    async ([what, send], { onTestFinished, expect }) => {
      const { server, closed } = await dripping(reply, onTestFinished);
      const lightsail = server.connect({ requestTimeoutMs: 2_000 }).lightsail({ region: REGION });
      const problem = await send(lightsail).then(() => expect.fail('it should have failed'), classifyError);
      expect(problem).toEqual({
        kind: 'transient',
        name: 'TimeoutError',
        message: `${what} had no whole answer within 2 s`,
      });
      expect(mayHaveTakenEffect(problem)).toBe(true);
      await closed;
      expect(server.received).toHaveLength(1);
    },
  );

  it.each(OPERATIONS)('does not outlive an abort: %s', async (what, send) => {
    const leaving = new AbortController();
    const { server, closed } = await dripping((response, request) => {
      reply(response, request);
      setTimeout(() => leaving.abort(new Error('shutting down')), 50);
    });
    const lightsail = server.connect({ requestTimeoutMs: 600_000 }).lightsail({ region: REGION });
    const problem = await send(lightsail, leaving.signal).then(
      () => expect.fail('it should have failed'),
      classifyError,
    );
    expect(problem).toEqual({ kind: 'transient', name: 'AbortError', message: `${what} was aborted` });
    await closed;
  });

  it('ends a call to STS in time', async () => {
    const { server, closed } = await dripping(reply);
    const tokens = new SecurityTokens(
      { endpoint: server.url, region: REGION, credentials: { ...CREDENTIALS }, maxAttempts: 1 },
      200,
    );
    await expect(tokens.identityOf()).rejects.toMatchObject({
      name: 'TimeoutError',
      message: 'GetCallerIdentity of STS had no whole answer within 0.2 s',
    });
    await closed;
    const role = 'arn:aws:iam::444455556666:role/imds';
    await expect(tokens.assume({ role, sessionName: 'imds-rollout' })).rejects.toMatchObject({
      name: 'TimeoutError',
      message: expect.stringContaining(`${role} can't be assumed: AssumeRole of STS had no whole answer`),
    });
  });

  it("ends a call in another account, which waits for its role's keys", async () => {
    const { server } = await dripping(reply);
    const account = '444455556666';
    const { lightsail } = server.connect({
      requestTimeoutMs: 200,
      stsEndpoint: server.url,
      accounts: { [account]: { role: `arn:aws:iam::${account}:role/imds` } },
    });
    const problem = await lightsail({ region: REGION, account })
      .updateInstanceMetadataOptions({ instanceName: 'web-1' })
      .then(() => expect.fail('it should have failed'), classifyError);
    expect(problem).toMatchObject({ kind: 'credentials', name: 'KeysUnavailable' });
    expect(problem.message).toContain('had no whole answer within 0.4 s');
    expect(mayHaveTakenEffect(problem)).toBe(false);
  });

  it('ends a notification and a probe, which need its head alone', async () => {
    const { server } = await dripping((response, request) => {
      request.resume();
      reply(response, request);
    });
    const status = {
      name: 'prod',
      phase: 'waiting',
      waiting: null,
      stages: [],
      budget: { failed: 0 },
      log: [],
    } as const;
    const notification = {
      rollout: 'imds-rollout-prod',
      event: 'approval',
      what: 'stage rest waits',
      status: { ...status, counts: { total: 5, inFlight: 0 } },
    } as const;
    const posted = postNotification(server.url, notification, new AbortController().signal, 200);
    await posted.catch((error: unknown) => expect(error).toMatchObject({ type: 'NotifyFailed' }));
    const target = { account: '111122223333', region: REGION, name: 'web-7', addresses: ['127.0.0.1'] };
    const probed = { url: `${server.url}/`, expect: 200 };
    const reading = await probe(probed, target, { allowPrivate: true }, { timeout: 200 });
    expect(['pass 200', 'fail no answer within 0.2 s', 'fail 500']).toContain(
      [reading.verdict, reading.reason === '' ? reading.code : reading.code === 500 ? 500 : reading.reason].join(' '),
    );
  });
});

describe('credentials', () => {
  it('that a person is asked for may take longer than a call', async () => {
    await using server = await startLoopback((response) => response.writeHead(200).end('{"instances":[]}'));
    const { lightsail } = server.connect({
      requestTimeoutMs: 2_000,
      credentials: async () => {
        await new Promise((resolve) => setTimeout(resolve, 2_500));
        return { ...CREDENTIALS };
      },
    });
    await lightsail({ region: REGION }).getInstances({});
    expect(server.received).toHaveLength(1);
  });
});
