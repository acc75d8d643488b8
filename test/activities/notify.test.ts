import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import { inspect } from 'node:util';
import { ApplicationFailure } from '@temporalio/activity';
import { expect, it, onTestFinished } from 'vitest';
import { createNotify, postNotification } from '../../src/activities/notify.js';
import { type NotifyInput, notificationText } from '../../src/rollout/notification.js';
import { until } from '../support/wait.js';

/** What nobody may learn who isn't told the address. */
const SECRET = 'T0PSECRET';

const notification: NotifyInput = {
  rollout: 'imds-rollout-prod',
  event: 'approval',
  what: 'stage rest waits for an approval',
  status: {
    name: 'prod',
    phase: 'waiting',
    waiting: null,
    counts: { total: 5, inFlight: 0 },
    stages: [],
    budget: { failed: 0 },
    log: [],
  },
};

interface Webhook {
  readonly address: string;
  readonly port: number;
  readonly requests: { readonly method?: string; readonly contentType?: string; readonly body: string }[];
}

/** A webhook on loopback, until the test ends; it gets each request whole before it answers. */
async function webhook(answer: RequestListener): Promise<Webhook> {
  const requests: Webhook['requests'][number][] = [];
  const server = createServer(async (request, response) => {
    const { method, headers } = request;
    const body = await bodyOf(request);
    requests.push({
      body,
      ...(method !== undefined && { method }),
      ...(headers['content-type'] !== undefined && { contentType: headers['content-type'] }),
    });
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return { address: `http://127.0.0.1:${address.port}/services/${SECRET}`, port: address.port, requests };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

const answering =
  (status: number, headers: Record<string, string> = {}): RequestListener =>
  (_, response) =>
    response.writeHead(status, headers).end(`the body of ${status}`);

/** What the notification has failed with. */
async function failureOf(address: string, timeout = 10_000, signal = new AbortController().signal): Promise<unknown> {
  return postNotification(address, notification, signal, timeout).then(
    () => undefined,
    (error: unknown) => error,
  );
}

it.each([200, 201, 202, 204])(
  'posts one readable line with the facts beside it, and is done with %i',
  async (status) => {
    const { address, requests } = await webhook(answering(status));
    await postNotification(address, notification, new AbortController().signal);
    expect(requests).toHaveLength(1);
    const [request] = requests;
    expect(request).toMatchObject({ method: 'POST', contentType: 'application/json' });
    expect(JSON.parse(request?.body ?? '')).toEqual({
      text: notificationText(notification),
      rollout: 'imds-rollout-prod',
      event: 'approval',
      status: notification.status,
    });
  },
);

it.each([undefined, ''])('without a webhook (%j) says that nothing was sent', async (address) => {
  expect(await createNotify(address)(notification)).toEqual({ sent: false });
});

it.each([
  [500, true],
  [502, true],
  [503, true],
  [429, true],
  [400, false],
  [401, false],
  [403, false],
  [404, false],
  [410, false],
])('an answer of %i is tried again: %j', async (status, again) => {
  const { address, requests } = await webhook(answering(status));
  const failure = await failureOf(address);
  expect(failure).toMatchObject({ nonRetryable: !again, type: again ? 'NotifyFailed' : 'NotifyRefused' });
  expect(failure).toMatchObject({ message: expect.stringContaining(String(status)) });
  expect(requests).toHaveLength(1);
});

it.each([301, 302, 303, 307, 308])('follows no redirect (%i)', async (status) => {
  const elsewhere = await webhook(answering(200));
  const { address } = await webhook(answering(status, { location: elsewhere.address }));
  expect(await failureOf(address)).toMatchObject({ nonRetryable: true, type: 'NotifyRefused' });
  expect(elsewhere.requests).toEqual([]);
});

it('gives up on a webhook that does not answer in time, and tries again later', async () => {
  const { address } = await webhook(() => undefined);
  const failure = await failureOf(address, 50);
  expect(failure).toMatchObject({ nonRetryable: false, type: 'NotifyFailed' });
  expect(failure).toMatchObject({ message: expect.stringContaining('no answer within 0.05 s') });
});

it('does not wait for the end of an answer', async () => {
  const { address } = await webhook((_, response) => response.writeHead(200).write('and so on'));
  expect(await failureOf(address)).toBeUndefined();
});

it('ends at once when its activity is cancelled, with the reason of that', async () => {
  const { address, requests } = await webhook(() => undefined);
  const cancelling = new AbortController();
  const failed = failureOf(address, 60_000, cancelling.signal);
  await until(async () => expect(await requests.length).toBe(1));
  const reason = new Error('WORKER_SHUTDOWN');
  cancelling.abort(reason);
  expect(await failed).toBe(reason);
});

/** Every way in which a notification may fail, with the address that it fails at. */
const FAILURES: readonly (readonly [string, () => Promise<string>])[] = [
  ['a refused connection', async () => `http://127.0.0.1:${await closedPort()}/services/${SECRET}`],
  ['a host that does not exist', async () => `https://${SECRET}.invalid/services/${SECRET}`],
  ['a port that fetch refuses', async () => `http://127.0.0.1:6000/services/${SECRET}`],
  ['a TLS server that is none', async () => `https://127.0.0.1:${(await webhook(answering(200))).port}/${SECRET}`],
  ['a 4xx', async () => (await webhook(answering(404))).address],
  ['a 5xx', async () => (await webhook(answering(500))).address],
  ['a redirect', async () => (await webhook(answering(302, { location: `http://127.0.0.1/${SECRET}` }))).address],
  ['a timeout', async () => (await webhook(() => undefined)).address],
  ['a connection that is cut', async () => (await webhook((request) => request.socket.destroy())).address],
  ['a broken answer', async () => (await webhook((request) => request.socket.end(`HTTP/9 ${SECRET}\r\n\r\n`))).address],
  ['no address at all', async () => `not an address ${SECRET}`],
  ['an address without its scheme', async () => `hooks.example.com/services/${SECRET}`],
  ['a scheme that is not http', async () => `ftp://127.0.0.1/services/${SECRET}`],
  ['a file', async () => `file:///etc/${SECRET}`],
  ['a user and a password', async () => `http://user:${SECRET}@127.0.0.1/services`],
];

it.each(FAILURES)('keeps the address to itself: %s', async (_, addressOf) => {
  const address = await addressOf();
  const failure = await failureOf(address, 400);
  if (!(failure instanceof ApplicationFailure)) throw new Error(`no failure of an activity: ${inspect(failure)}`);
  const shown = [inspect(failure, { depth: null, showHidden: true }), JSON.stringify(failure), failure.stack].join(
    '\n',
  );
  expect(shown).not.toContain(SECRET);
  if (URL.canParse(address)) {
    const { host, hostname } = new URL(address);
    for (const part of [host, hostname]) if (part !== '') expect(shown).not.toContain(part);
  }
  expect(failure.cause).toBeUndefined();
  expect(failure.message).toMatch(/^The webhook of this worker .*\.$/);
});

async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
