import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { type AwaitGroup, beginInGroups, GROUP, INTERVAL } from '../../src/activities/begin-in-groups.js';

const unpaced = {};

/** Begins so many at once. @returns when each could begin, in milliseconds from now */
async function begin(awaitGroup: AwaitGroup, count: number): Promise<readonly number[]> {
  const start = performance.now();
  const begun: number[] = [];
  await Promise.all(
    Array.from({ length: count }, async () => {
      await awaitGroup(unpaced);
      begun.push(performance.now() - start);
    }),
  );
  return begun;
}

/** Whether what is begun needs no timer. */
async function isAtOnce(work: () => Promise<unknown>): Promise<boolean> {
  let isDone = false;
  void work().then(() => {
    isDone = true;
  });
  await new Promise<void>((resolve) => setImmediate(resolve));
  return isDone;
}

describe('changes that are begun at once', () => {
  it('begin group by group', async () => {
    const begun = await begin(beginInGroups(), 3 * GROUP + 1);
    expect(begun).toHaveLength(3 * GROUP + 1);
    // The clock of timers is coarser than the other.
    for (const [index, after] of begun.entries()) {
      expect(after).toBeGreaterThanOrEqual(Math.floor(index / GROUP) * INTERVAL - 2);
    }
  });

  it('wait for nothing where they are no more than a group, also after others', async () => {
    const awaitGroup = beginInGroups();
    expect(await isAtOnce(() => begin(awaitGroup, GROUP))).toBe(true);
    await begin(awaitGroup, GROUP);
    const quiet = performance.now() + 2 * INTERVAL;
    while (performance.now() < quiet) await delay(INTERVAL);
    expect(await isAtOnce(() => begin(awaitGroup, GROUP))).toBe(true);
  });

  it('wait for nothing where calls are paced', async () => {
    const awaitGroup = beginInGroups();
    const paced = { reserveWrite: async () => {} };
    const begin = () => Promise.all(Array.from({ length: 3 * GROUP }, () => awaitGroup(paced)));
    expect(await isAtOnce(begin)).toBe(true);
  });
});
