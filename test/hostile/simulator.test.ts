import { connect } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Simulator, startSimulator } from '../../src/simulator/index.js';
import { holds, hostileText, jsonText, nearly } from './arbitraries.js';
import { expectClearMessage, expectUnpolluted } from './oracles.js';

const ACCOUNT = '111122223333';
const KEY = 'AKIASIMULATOR0000001';

let simulator: Simulator;
beforeAll(async () => {
  simulator = await startSimulator({ scenario: { fleet: [{ region: 'us-east-1', prefix: 'web-', count: 3 }] } });
});
// Whatever it was sent, it is there to the end, and its log can be read.
afterAll(async () => {
  expect((await fetch(`${simulator.url}/_sim/calls`)).status).toBe(200);
  expect((await fetch(`${simulator.url}/_sim/instances`)).status).toBe(200);
  await simulator.close();
});

interface Answered {
  readonly status: number;
  readonly body: string;
}

async function send(path: string, init: RequestInit): Promise<Answered> {
  const reply = await fetch(`${simulator.url}${path}`, init);
  return { status: reply.status, body: await reply.text() };
}

/** It has answered, with no accident of its own. */
function expectAnswer({ status, body }: Answered): void {
  expect(status, body).toBeLessThan(500);
  if (status >= 400) expectClearMessage(body);
  expectUnpolluted();
}

const signed = (service: string, accessKeyId = KEY) =>
  `AWS4-HMAC-SHA256 Credential=${accessKeyId}/20260101/us-east-1/${service}/aws4_request, SignedHeaders=host, Signature=0`;

/** Headers hold no more than this. */
const headerText = hostileText.map((text) => text.replaceAll(/[^\t\x20-\x7e\x80-\xff]/g, '?').slice(0, 2_000));

const CALLS: readonly (readonly [operation: string, input: object])[] = [
  ['GetInstance', { instanceName: 'web-1' }],
  ['GetInstances', { pageToken: 'x', includeHealthStatus: true }],
  ['UpdateInstanceMetadataOptions', { instanceName: 'web-1', httpTokens: 'required', httpPutResponseHopLimit: 2 }],
  ['GetOperation', { operationId: 'a' }],
  ['GetOperations', { pageToken: 'x' }],
  ['GetOperationsForResource', { resourceName: 'web-1' }],
  ['GetRegions', { includeAvailabilityZones: true }],
  [
    'GetInstanceMetricData',
    {
      ...{ instanceName: 'web-1', metricName: 'MetadataNoToken', period: 3_600, unit: 'Count', statistics: ['Sum'] },
      ...{ startTime: 1_780_000_000, endTime: 1_780_010_000 },
    },
  ],
];

describe('a call of the API is answered:', () => {
  it.each(CALLS)('%s', (operation, input) =>
    holds(
      fc.asyncProperty(nearly(input).map(jsonText), async (body) => {
        const headers = { 'x-amz-target': `Lightsail_20161128.${operation}`, authorization: signed('lightsail') };
        expectAnswer(await send('/', { method: 'POST', headers, body }));
      }),
      0.5,
    ),
  );

  it('whatever its headers and its body say', () =>
    holds(
      fc.asyncProperty(headerText, headerText, headerText, hostileText, async (target, authorization, token, body) => {
        const headers = { 'x-amz-target': target, authorization, 'x-amz-security-token': token };
        expectAnswer(await send('/', { method: 'POST', headers, body }));
      }),
      0.5,
    ));
});

describe('a call of STS is answered:', () => {
  it.each([
    { Action: 'GetCallerIdentity', Version: '2011-06-15' },
    {
      ...{ Action: 'AssumeRole', Version: '2011-06-15', RoleArn: `arn:aws:iam::${ACCOUNT}:role/r`, ExternalId: 'imds' },
      ...{ RoleSessionName: 'me', DurationSeconds: '900' },
    },
  ])('$Action', (valid) =>
    holds(
      fc.asyncProperty(fc.constantFrom(...Object.keys(valid)), hostileText, async (name, text) => {
        const headers = { 'content-type': 'application/x-www-form-urlencoded', authorization: signed('sts') };
        const body = new URLSearchParams({ ...valid, [name]: text }).toString();
        const answer = await send('/', { method: 'POST', headers, body });
        expectAnswer(answer);
        // No text of the caller's is an element.
        expect(answer.body).not.toMatch(/<(script|img)/);
      }),
      0.5,
    ),
  );
});

describe('the control interface answers:', () => {
  const INSTANCE = {
    account: ACCOUNT,
    region: 'us-east-1',
    name: 'new-1',
    tags: { env: 'prod' },
    blueprint: 'debian_12',
  };
  const PATCH = {
    metadataOptions: { httpTokens: 'required' },
    tags: { a: 'b' },
    state: 'stopped',
    healthy: false,
    tokenless: 3,
  };
  const FAULT = { operation: 'GetRegions', account: ACCOUNT, times: 1, effect: { error: 'ServiceException' } };
  it.each([
    ['POST', 'instances', INSTANCE],
    ['PATCH', `instances/${ACCOUNT}/us-east-1/web-2`, PATCH],
    ['POST', 'faults', FAULT],
  ])('%s %s', (method, path, valid) =>
    holds(
      fc.asyncProperty(nearly(valid).map(jsonText), async (body) => {
        expectAnswer(await send(`/_sim/${path}`, { method, body }));
        await send('/_sim/faults', { method: 'DELETE' });
      }),
      0.7,
    ),
  );

  it('whatever its path and its query say', () =>
    holds(
      fc.asyncProperty(fc.constantFrom('GET', 'POST', 'PATCH', 'DELETE', 'PUT'), hostileText, async (method, text) => {
        const part = encodeURIComponent(text.replaceAll(/\p{Cs}/gu, '')).slice(0, 2_000);
        for (const path of [part, `instances/${part}/${part}/${part}`, `calls?${part}=${part}`, '%zz', '../%2e%2e/x']) {
          expectAnswer(await send(`/_sim/${path}`, { method }));
        }
      }),
      0.3,
    ));
});

it('what is no HTTP at all ends its own connection only', async () => {
  const { hostname, port } = new URL(simulator.url);
  for (const text of [
    '\0\0\0',
    'GET\r\n\r\n',
    'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 99\r\n\r\ncut',
    'x'.repeat(100_000),
  ]) {
    await new Promise<void>((resolve) => {
      const socket = connect(Number(port), hostname, () => socket.end(text));
      socket.on('error', () => {}).on('close', () => resolve());
      socket.resume();
    });
  }
  expect((await fetch(`${simulator.url}/_sim/calls`)).status).toBe(200);
});
