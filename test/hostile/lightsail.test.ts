import { createServer } from 'node:net';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type ProbeTarget, probe } from '../../src/activities/probe.js';
import {
  classifyError,
  createSdkLightsail,
  describeProblem,
  type Lightsail,
  publicAddressesOf,
  readFleet,
  readMetadataUse,
  readRegionNames,
  readStatus,
  readUpdates,
  redactLine,
  type SdkLightsail,
  toFleetInstance,
} from '../../src/lightsail/index.js';
import { readOne } from '../../src/lightsail/read-one.js';
import { CREDENTIALS, type Loopback, startLoopback } from '../lightsail/loopback.js';
import { holds, hostileJson, hostileText, jsonText, nearly } from './arbitraries.js';
import { expectClearMessage, expectShownText, expectUnpolluted } from './oracles.js';

const ARN = 'arn:aws:lightsail:us-east-1:111122223333:Instance/0f3e4a52-8b0a-4ac7-9d0e-0123456789ab';

const INSTANCE = {
  arn: ARN,
  name: 'web-1',
  createdAt: 1_767_225_600,
  blueprintId: 'ubuntu_22_04',
  state: { code: 16, name: 'running' },
  tags: [{ key: 'env', value: 'prod' }],
  publicIpAddress: '203.0.113.7',
  ipv6Addresses: ['2001:db8::1'],
  metadataOptions: { state: 'applied', httpTokens: 'optional', httpEndpoint: 'enabled', httpPutResponseHopLimit: 1 },
  instanceStatus: { status: 'ok' },
  systemStatus: { status: 'ok' },
};

/** What the server answers next, and with which status. */
let answer: { readonly status: number; readonly body: string; readonly type?: string };
let loopback: Loopback;
let sdk: SdkLightsail;
let lightsail: Lightsail;

beforeAll(async () => {
  loopback = await startLoopback((response) => {
    const { status, body, type = 'application/x-amz-json-1.1' } = answer;
    response.writeHead(status, { 'content-type': type, 'x-amzn-requestid': 'request-1' }).end(body);
  });
  sdk = createSdkLightsail({ endpoint: loopback.url, credentials: { ...CREDENTIALS } });
  lightsail = sdk.lightsail({ region: 'us-east-1' });
});
afterEach(expectUnpolluted);
afterAll(async () => {
  sdk.close();
  await loopback[Symbol.asyncDispose]();
});

/** What was read, or undefined where a problem was told, as a history would keep it. */
async function readingOf<Reading>(read: () => Promise<Reading>): Promise<Reading | undefined> {
  try {
    return await read();
  } catch (error) {
    const problem = classifyError(error);
    expectClearMessage(describeProblem(problem));
    expect(problem.message).not.toMatch(/\p{Cs}/u);
    return undefined;
  }
}

/** A page that leads nowhere else, so that nothing is asked for without end. */
const lastPage = (reply: unknown): unknown =>
  typeof reply === 'object' && reply !== null && 'nextPageToken' in reply
    ? { ...reply, nextPageToken: 'again' }
    : reply;

describe('a reply over HTTP is read, or is a problem that can be told:', () => {
  const readers: readonly [what: string, valid: unknown, read: () => Promise<unknown>][] = [
    [
      'GetInstances',
      { instances: [INSTANCE], nextPageToken: 'next' },
      () => readFleet(lightsail, { region: 'us-east-1' }, {}),
    ],
    ['GetInstance', { instance: INSTANCE }, () => readOne(lightsail, 'web-1')],
    [
      'GetInstanceMetricData',
      { metricName: 'MetadataNoToken', metricData: [{ sum: 3, timestamp: 1_767_225_600, unit: 'Count' }] },
      () => readMetadataUse(lightsail, 'web-1', { lookback: 86_400_000 }),
    ],
    [
      'GetOperations',
      {
        operations: [
          { resourceName: 'web-1', operationType: 'UpdateInstanceMetadataOptions', createdAt: 1_767_225_600 },
        ],
        nextPageToken: 'next',
      },
      () => readUpdates(lightsail, { since: 0 }),
    ],
    ['GetRegions', { regions: [{ name: 'us-east-1' }, { name: 'eu-west-1' }] }, () => readRegionNames(lightsail)],
    [
      'UpdateInstanceMetadataOptions',
      { operation: { id: 'a', status: 'Succeeded', errorCode: '', errorDetails: '', createdAt: 1 } },
      () => lightsail.updateInstanceMetadataOptions({ instanceName: 'web-1', httpTokens: 'required' }),
    ],
  ];
  it.each(readers)('%s', (_, valid, read) =>
    holds(
      fc.asyncProperty(nearly(valid), async (reply) => {
        answer = { status: 200, body: jsonText(lastPage(reply)) };
        await readingOf(read);
      }),
      1.5,
    ),
  );

  it('whatever it is that comes instead', () =>
    holds(
      fc.asyncProperty(hostileText, fc.constantFrom(200, 400, 403, 404, 429, 500, 502), async (body, status) => {
        answer = { status, body, type: 'text/html' };
        for (const [, , read] of readers.slice(0, 2)) await readingOf(read);
      }),
      0.5,
    ));

  it('an error, whatever it is called and says', () => {
    const error = { __type: 'ServiceException', code: 'x', message: 'no', docs: 'https://docs', tip: 'Try it.' };
    return holds(
      fc.asyncProperty(nearly(error), fc.constantFrom(400, 403, 500), async (body, status) => {
        answer = { status, body: jsonText(body) };
        await readingOf(() => lightsail.getInstance({ instanceName: 'web-1' }));
      }),
    );
  });
});

describe('of an instance of any form', () => {
  it('what is read has the right types, and tags are tags', () =>
    holds(
      fc.property(nearly(INSTANCE), (raw) => {
        const instance = Object.assign({}, raw);
        const read = toFleetInstance(instance);
        for (const text of [read?.arn, read?.name, read?.state].filter((each) => each !== undefined)) {
          expect(text).toBeTypeOf('string');
        }
        for (const value of Object.values(read?.tags ?? {})) expect(value).toBeTypeOf('string');
        for (const address of publicAddressesOf(instance)) expect(address).toBeTypeOf('string');
        expect(readStatus(instance).applies).toBeTypeOf('boolean');
      }),
      2,
    ));
});

describe('what anything throws', () => {
  it('is one line that a history can keep', () =>
    holds(
      fc.property(
        fc.oneof(
          hostileJson,
          hostileText.map((message) => new Error(message)),
        ),
        (thrown) => {
          const { message, name } = classifyError(thrown);
          for (const text of [message, name]) {
            expect(text).not.toMatch(/\n/);
            expect(text.length).toBeLessThanOrEqual(600);
            expect(text).not.toMatch(/\p{Cs}/u);
          }
        },
      ),
    ));

  it('is made one line, whatever it is', () =>
    holds(fc.property(hostileText, (text) => void expect(redactLine(text).split('\n')).toHaveLength(1))));
});

describe('a health probe', () => {
  const TARGET: ProbeTarget = { account: '111122223333', region: 'us-east-1', name: 'web-7', addresses: ['127.0.0.1'] };

  it('says something of any answer, in words that a screen can show', async () => {
    let reply = '';
    const server = createServer((socket) => socket.on('error', () => {}).end(reply));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
    const status = fc.oneof(fc.constantFrom('200', '302', '999', '-1', '1e9'), hostileText);
    try {
      await holds(
        fc.asyncProperty(status, hostileText, hostileText, async (code, location, body) => {
          reply = `HTTP/1.1 ${code} OK\r\nlocation: ${location}\r\nconnection: close\r\n\r\n${body}`;
          const url = `http://{publicIpAddress}:${port}/health`;
          const reading = await probe({ url, expect: 200 }, TARGET, { allowPrivate: true }, { timeout: 5_000 });
          expect(['pass', 'fail', 'inconclusive']).toContain(reading.verdict);
          if (reading.verdict !== 'pass') expectClearMessage(reading.reason);
          expectShownText(reading.reason);
        }),
      );
    } finally {
      server.close();
    }
  });
});
