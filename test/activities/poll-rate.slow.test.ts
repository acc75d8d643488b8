import { gzipSync } from 'node:zlib';
import { ApplicationFailure } from '@temporalio/activity';
import fc from 'fast-check';
import pMap from 'p-map';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createApply } from '../../src/activities/apply.js';
import { createRestore } from '../../src/activities/restore.js';
import { sharedReadings } from '../../src/lightsail/index.js';
import type { ChangeRecord } from '../../src/rollout/change.js';
import { jsonText, nearly } from '../hostile/arbitraries.js';
import { DRIPS, failure, json, type Reply, startLoopback } from '../lightsail/loopback.js';
import { activityHere } from '../support/activity-here.js';
import { ARN, TARGET } from '../support/fake-lightsail.js';

/** The longest that a target is followed here, in milliseconds. */
const WATCHED = 3_000;

/** So many at once: an idle process keeps to its times. */
const AT_ONCE = { concurrency: 6 };

/** Of one target, in any second: readings, an Update between them, and some for throttled ones, whose waits are random. */
const MOST_CALLS = 8;

const settings = { timeout: 60_000, pollInterval: 1_000, maxErrors: 3 };

const INSTANCE = {
  arn: ARN,
  name: 'web-7',
  createdAt: 1_767_225_600,
  state: { code: 16, name: 'running' },
  metadataOptions: { state: 'applied', httpTokens: 'optional', httpEndpoint: 'enabled' },
};
const OPERATION = { id: 'a', resourceName: 'web-7', status: 'Succeeded', createdAt: 1_767_225_600 };

const instance = (changes: object) => json(200, { instance: { ...INSTANCE, ...changes }, operation: OPERATION });
const pages = (changes: object) =>
  json(200, { instance: { ...INSTANCE, ...changes }, instances: [{ ...INSTANCE, ...changes }], operation: OPERATION });

const REPLIES: Readonly<Record<string, Reply>> = {
  'another name': instance({ name: 'Web-7' }),
  'another name, in a list too': pages({ name: 'Web-7' }),
  'the ARN of another region': pages({ arn: ARN.replace('us-east-1', 'eu-west-1') }),
  'the ARN of another account': pages({ arn: ARN.replace('111122223333', '999988887777') }),
  'no ARN of an instance': pages({ arn: 'web-7' }),
  'an operation of another instance': json(200, {
    instance: INSTANCE,
    operation: { ...OPERATION, resourceName: 'web-8' },
  }),
  'an Update that comes to nothing': pages({}),
  'pending for ever': pages({ metadataOptions: { state: 'pending', httpTokens: 'required' } }),
  'no options': pages({ metadataOptions: null }),
  'an instance between two states': pages({ state: { name: 'stopping' } }),
  'no instance': json(200, {}),
  nulls: json(200, { instance: null, instances: null, operation: null }),
  'a time as text': pages({ createdAt: '2026-01-01T00:00:00Z' }),
  'an empty body': (response) => response.writeHead(200).end(),
  'a compressed body': (response) =>
    response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(JSON.stringify({ instance: INSTANCE }))),
  'a redirect to itself': (response) => response.writeHead(307, { location: '/' }).end(),
  'a reset': (response) => response.socket?.resetAndDestroy(),
  'a name without end': pages({ name: 'w'.repeat(100_000) }),
  throttling: failure(400, 'ThrottlingException'),
  'a service that is ill': failure(500, 'ServiceException'),
  'an instance that is gone': failure(404, 'NotFoundException'),
  'a denial': failure(403, 'AccessDeniedException'),
  'lapsed keys': failure(400, 'ExpiredTokenException'),
  ...Object.fromEntries(Object.entries(DRIPS).map(([what, reply]) => [`no end ${what}`, reply])),
};

type Change = 'apply' | 'restore';

/** Follows the target for a while, with Temporal's waits between attempts; gives when each request came. */
async function callTimes(change: Change, reply: Reply): Promise<number[]> {
  const times: number[] = [];
  const server = await startLoopback((response, request) => {
    times.push(performance.now());
    reply(response, request);
  });
  onTestFinished(() => server[Symbol.asyncDispose]());
  const { lightsail } = server.connect({ requestTimeoutMs: 1_000, account: '111122223333' });
  const shared = sharedReadings(lightsail);
  const until = performance.now() + WATCHED;
  let heartbeatDetails: ChangeRecord | undefined;
  for (let attempt = 1; performance.now() < until; attempt += 1) {
    const here = activityHere({ info: { attempt, heartbeatDetails } });
    const cutOff = setTimeout(() => here.end({ workerShutdown: true }), until - performance.now());
    const ended = await here
      .run(async () => {
        if (change === 'apply') await createApply(shared)({ target: TARGET, settings });
        else await createRestore(shared)({ target: TARGET, settings, keepTokens: false });
      })
      .then(
        () => true,
        (error: unknown) => error instanceof ApplicationFailure && error.nonRetryable === true,
      );
    clearTimeout(cutOff);
    if (ended) break;
    const last = here.told.at(-1)?.details;
    if (isRecord(last)) heartbeatDetails = last;
    await new Promise((resolve) => setTimeout(resolve, settings.pollInterval));
  }
  return times;
}

function isRecord(value: unknown): value is ChangeRecord {
  return typeof value === 'object' && value !== null && 'wrote' in value;
}

/** The most calls within any second. */
function mostIn(times: readonly number[]): number {
  return Math.max(0, ...times.map((start) => times.filter((time) => time >= start && time < start + 1_000).length));
}

describe.each(['apply', 'restore'] as const)(
  'one target of an %s is called for a few times a second at most',
  (change) => {
    it('whatever the service answers', async () => {
      const rates = await pMap(
        Object.entries(REPLIES),
        async ([what, reply]) => ({ what, most: mostIn(await callTimes(change, reply)) }),
        AT_ONCE,
      );
      for (const { most } of rates) expect(most).toBeGreaterThan(0);
      expect(rates.filter(({ most }) => most > MOST_CALLS)).toEqual([]);
    });

    it('where an answer is nearly one of the service, or none at all', async () => {
      const valid = { instance: INSTANCE, instances: [INSTANCE], operation: OPERATION };
      const bodies = fc.sample(nearly(valid), 18).map(jsonText);
      const rates = await pMap(
        bodies,
        async (body) => ({
          body: body.slice(0, 500),
          most: mostIn(await callTimes(change, (response) => response.writeHead(200).end(body))),
        }),
        AT_ONCE,
      );
      expect(rates.filter(({ most }) => most > MOST_CALLS)).toEqual([]);
    });
  },
);
