import { describe, expect, it } from 'vitest';
import { beginInGroups, GROUP, INTERVAL } from '../../src/activities/begin-in-groups.js';

/** Begins so many at once. @returns when each had its turn, in milliseconds from now */
async function begin(count: number): Promise<readonly number[]> {
  const turn = beginInGroups();
  const start = performance.now();
  const begun: number[] = [];
  await Promise.all(
    Array.from({ length: count }, async () => {
      await turn();
      begun.push(performance.now() - start);
    }),
  );
  return begun;
}

describe('changes that are begun at once', () => {
  it('have their turns group by group', async () => {
    const begun = await begin(3 * GROUP + 1);
    expect(begun).toHaveLength(3 * GROUP + 1);
    // A timer may go off up to a millisecond early.
    for (const [index, after] of begun.entries()) {
      expect(after).toBeGreaterThanOrEqual(Math.floor(index / GROUP) * INTERVAL - 1);
    }
  });

  it('wait for nothing where they are no more than a group', async () => {
    const order: string[] = [];
    const begun = begin(GROUP).then(() => order.push('begun'));
    const later = new Promise<void>((resolve) => setImmediate(resolve)).then(() => order.push('later'));
    await Promise.all([begun, later]);
    expect(order).toEqual(['begun', 'later']);
  });
});
