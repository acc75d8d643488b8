import type { GetOperationsRequest, Operation } from '@aws-sdk/client-lightsail';
import { describe, expect, test } from 'vitest';
import { readUpdates } from '../../src/lightsail/index.js';

const SINCE = Date.parse('2026-11-20T13:00:00Z');
const at = (minutes: number) => new Date(SINCE + minutes * 60_000);
const update = (resourceName: string, minutes: number, more: Partial<Operation> = {}): Operation => ({
  resourceName,
  operationType: 'UpdateInstanceMetadataOptions',
  createdAt: at(minutes),
  ...more,
});

/** A Lightsail whose list of operations has these pages. */
async function read(...pages: readonly unknown[]) {
  const asked: (string | undefined)[] = [];
  const getOperations = async ({ pageToken }: GetOperationsRequest) => {
    asked.push(pageToken);
    const index = Number(pageToken ?? 0);
    const nextPageToken = index + 1 < pages.length ? { nextPageToken: String(index + 1) } : {};
    const operations = pages[index];
    return {
      $metadata: {},
      ...(operations !== undefined && { operations: operations as Operation[] }),
      ...nextPageToken,
    };
  };
  return { ...(await readUpdates({ getOperations }, { since: SINCE })), calls: asked.length };
}

describe('the Updates since a time', () => {
  test.each<[string, unknown[][], object]>([
    [
      'are those of all pages, each instance once',
      [[update('a', 1), update('a', 2)], [update('b', 3)]],
      { names: ['a', 'b'], calls: 2 },
    ],
    ['are none from before', [[update('a', -1), update('b', 0)]], { names: ['b'] }],
    ['are of metadata options only', [[update('a', 1, { operationType: 'RebootInstance' })]], { names: [] }],
    [
      'are none without a name or a time',
      [[{ ...update('a', 1), createdAt: undefined }, { ...update('b', 1), resourceName: undefined }, null]],
      { names: [] },
    ],
    [
      'where the newest come first, end at the first old one',
      [[update('b', 3), update('a', -1)], [update('z', -9)]],
      { names: ['b'], calls: 1 },
    ],
  ])('%s', async (_, pages, expected) => {
    expect(await read(...pages)).toMatchObject({ isCut: false, ...expected });
  });

  test('without operations there are none', async () => {
    expect(await read(undefined)).toMatchObject({ names: [], isCut: false });
  });

  test('in a list without an end are cut after a few pages, and that is said', async () => {
    const endless = Array.from({ length: 1_000 }, (_, index) => [update(`web-${index}`, index)]);
    const { isCut, calls } = await read(...endless);
    expect({ isCut, calls }).toEqual({ isCut: true, calls: 10 });
  });

  test('in a list that leads round in a circle are cut', async () => {
    const getOperations = async () => ({ $metadata: {}, operations: [update('a', 1)], nextPageToken: 'again' });
    expect(await readUpdates({ getOperations }, { since: SINCE })).toEqual({ names: ['a'], isCut: true });
  });

  test('in a reply that is no list are asked for again', async () => {
    await expect(read({ a: 1 })).rejects.toMatchObject({ name: 'EmptyReply' });
  });
});
