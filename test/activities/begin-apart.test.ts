import { describe, expect, it } from 'vitest';
import { APART, beginApart } from '../../src/activities/begin-apart.js';

describe('changes that are begun', () => {
  it('together have their turns one after the other', async () => {
    const turn = beginApart();
    const start = performance.now();
    const begun: number[] = [];
    await Promise.all(
      Array.from({ length: 20 }, async () => {
        await turn();
        begun.push(performance.now() - start);
      }),
    );
    expect(begun).toHaveLength(20);
    // A timer may go off up to a millisecond early.
    for (const [index, after] of begun.entries()) expect(after).toBeGreaterThanOrEqual(index * APART - 1);
  });

  it('alone begin at once', async () => {
    const order: string[] = [];
    const turn = beginApart();
    const begun = turn().then(() => order.push('begun'));
    const later = new Promise<void>((resolve) => setImmediate(resolve)).then(() => order.push('later'));
    await Promise.all([begun, later]);
    expect(order).toEqual(['begun', 'later']);
  });
});
