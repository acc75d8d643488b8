import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  classifyError,
  type InstancePage,
  instancePages,
  type Lightsail,
  retryThrottledCalls,
} from '../../src/lightsail/index.js';
import { MAX_PAGES } from '../../src/lightsail/pages.js';
import { fakePages, throttled } from './fake.js';
import { json, startLoopback } from './loopback.js';

async function readAll(pages: AsyncIterable<InstancePage>): Promise<string[]> {
  const names: string[] = [];
  for await (const page of pages) names.push(...page.instances.map(({ name = '' }) => name));
  return names;
}

const page = (names: string[], nextPageToken?: string) => ({
  instances: names.map((name) => ({ name })),
  ...(nextPageToken !== undefined && { nextPageToken }),
});

test('every instance is found, however the fleet is cut into pages', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(fc.string(), { maxLength: 3 }), { minLength: 1, maxLength: 30 }),
      async (cuts) => {
        const fake = fakePages(
          cuts.map((names, at) => page(names, at + 1 < cuts.length ? `token-${at + 1}` : undefined)),
        );
        expect(await readAll(instancePages(fake.lightsail))).toEqual(cuts.flat());
        expect(fake.tokens).toEqual(cuts.map((_, at) => (at === 0 ? undefined : `token-${at}`)));
      },
    ),
    { numRuns: 50 },
  );
});

test('reading goes on at a given token', async () => {
  const fake = fakePages([page(['c'])]);
  expect(await readAll(instancePages(fake.lightsail, { pageToken: 'after-b' }))).toEqual(['c']);
  expect(fake.tokens).toEqual(['after-b']);
});

test('a page without instances, but with a token, is an empty one', async () => {
  const fake = fakePages([{ nextPageToken: 'on' }, page(['a'])]);
  expect(await readAll(instancePages(fake.lightsail))).toEqual(['a']);
});

test('an empty fleet and an empty last token end the reading', async () => {
  expect(await readAll(instancePages(fakePages([{ instances: [] }]).lightsail))).toEqual([]);
  expect(await readAll(instancePages(fakePages([page(['a'], '')]).lightsail))).toEqual(['a']);
});

describe('a smaller fleet is never the result', () => {
  test.each([
    ['at once', [page(['a'], 'A'), page(['b'], 'A')]],
    ['later', [page(['a'], 'A'), page(['b'], 'B'), page(['c'], 'A')]],
  ])('a page token that comes again %s is a permanent error', async (_, answers) => {
    const problem = await readAll(instancePages(fakePages(answers).lightsail)).catch(classifyError);
    expect(problem).toMatchObject({ kind: 'rejected', name: 'RepeatedPageToken', requestId: `req-${answers.length}` });
  });

  test('so is the token that the reading began with', async () => {
    const pages = instancePages(fakePages([page(['a'], 'A')]).lightsail, { pageToken: 'A' });
    expect(await readAll(pages).catch(classifyError)).toMatchObject({ name: 'RepeatedPageToken' });
  });

  test.each([
    ['first', [{}]],
    ['last', [page(['a'], 'A'), {}]],
    ['last, with an empty token', [page(['a'], 'A'), { nextPageToken: '' }]],
  ])('an empty reply as the %s page is a transient error', async (_, answers) => {
    const problem = await readAll(instancePages(fakePages(answers).lightsail)).catch(classifyError);
    expect(problem).toMatchObject({ kind: 'transient', name: 'EmptyReply', requestId: `req-${answers.length}` });
  });

  test('an error in the middle ends the reading', async () => {
    const answers = [page(['a'], 'A'), Object.assign(new Error('no'), { name: 'AccessDeniedException' })];
    expect(await readAll(instancePages(fakePages(answers).lightsail)).catch(classifyError)).toMatchObject({
      kind: 'denied',
    });
  });

  test('throttling in the middle only makes it slower', async () => {
    const fake = fakePages([throttled(), page(['a'], 'A'), throttled(), throttled(), page(['b'])]);
    const lightsail = retryThrottledCalls(fake.lightsail, { sleep: async () => {} });
    expect(await readAll(instancePages(lightsail))).toEqual(['a', 'b']);
    expect(fake.tokens).toEqual([undefined, undefined, 'A', 'A', 'A']);
  });
});

describe('a list that leads on for ever, to a new page each time,', () => {
  const endless = () => {
    let count = 0;
    const lightsail: Pick<Lightsail, 'getInstances'> = {
      getInstances: async () => {
        count += 1;
        return { $metadata: {}, ...page([`web-${count}`], `token-${count}`) };
      },
    };
    return { lightsail, calls: () => count };
  };

  test.each([0, 1_500, MAX_PAGES])(
    'ends with an error after what a region can hold, with %i pages before',
    async (pagesBefore) => {
      const { lightsail, calls } = endless();
      const problem = await readAll(instancePages(lightsail, { pageToken: 'on', pagesBefore })).catch(classifyError);
      expect(problem).toMatchObject({ kind: 'rejected', name: 'EndlessPages' });
      expect(problem).toMatchObject({ message: expect.stringMatching(/2000 pages .*AWS_ENDPOINT_URL_LIGHTSAIL/) });
      expect(calls()).toBe(MAX_PAGES - pagesBefore);
    },
  );

  test('ends with its abort, whatever the calls make of that', async () => {
    const { lightsail, calls } = endless();
    const leaving = new AbortController();
    const read = async () => {
      for await (const _ of instancePages(lightsail, { abortSignal: leaving.signal })) {
        if (calls() === 3) leaving.abort(new Error('cancelled'));
      }
    };
    await expect(read()).rejects.toThrow('cancelled');
    expect(calls()).toBe(3);
  });
});

test('an empty body and an abort end the reading through the real SDK too', async () => {
  await using empty = await startLoopback((response) => response.writeHead(200).end());
  const pages = instancePages(empty.connect().lightsail({ region: 'eu-west-1' }));
  expect(await readAll(pages).catch(classifyError)).toMatchObject({ name: 'EmptyReply' });

  await using server = await startLoopback(json(200, { instances: [], nextPageToken: 'A' }));
  const controller = new AbortController();
  const lightsail = server.connect().lightsail({ region: 'eu-west-1' });
  const read = async () => {
    for await (const _ of instancePages(lightsail, { abortSignal: controller.signal })) controller.abort();
  };
  await expect(read()).rejects.toMatchObject({ name: 'AbortError' });
  expect(server.received).toHaveLength(1);
});
