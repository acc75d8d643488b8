import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ChangePace, nextLook } from '../../src/lightsail/change-pace.js';

const INTERVAL = 5_000;

/** A pace that has seen as many changes as it remembers, each of which took so long. */
function paceOf(...seconds: readonly number[]): ChangePace {
  const pace = new ChangePace();
  for (let sample = 0; sample < 50; sample += 1) {
    const time = (seconds[sample % seconds.length] ?? 0) * 1_000;
    pace.learn({ pending: time, applied: time });
  }
  return pace;
}

/** Of a write just before a round, which is none of those that are looked at early. */
const WRITE = -1;

/** The first look at a change that is written to at 0 (on a round), in seconds. */
function firstLook(pace: ChangePace, timeout = 600_000): number {
  return pace.nextRound({ from: WRITE, now: WRITE, interval: INTERVAL, deadline: timeout }) / 1_000;
}

describe('the first look after a write', () => {
  it('comes after an interval while nothing is known', () => {
    expect(firstLook(new ChangePace())).toBe(5);
    const pace = new ChangePace();
    for (let sample = 0; sample < 4; sample += 1) pace.learn({ pending: 60_000, applied: 60_000 });
    expect(firstLook(pace)).toBe(5);
  });

  it.each([
    [[1], 5],
    [[10], 10],
    [[20], 20],
    [[50], 50],
    [[60], 50],
    [[240], 120],
    // One in ten was quicker, one in five, and half of them.
    [[240, 240, 240, 240, 240, 240, 240, 240, 240, 10], 120],
    [[240, 240, 240, 240, 10], 10],
    [[10, 240], 10],
  ])('comes when the first of the last changes were done, which took %j seconds: after %d', (seconds, expected) => {
    expect(firstLook(paceOf(...seconds))).toBe(expected);
  });

  it('comes at the deadline at the latest', () => {
    expect(firstLook(paceOf(240), 33_000)).toBe(33);
  });

  it('comes earlier again soon after changes have become quicker', () => {
    const pace = paceOf(240);
    // Each is found applied by the first look.
    for (let sample = 0; sample < 60; sample += 1) pace.learn({ pending: 0, applied: firstLook(pace) * 1_000 });
    expect(firstLook(pace)).toBeLessThanOrEqual(15);
  });
});

describe('changes that all take as long', () => {
  /** How late changes were seen, and in how many looks each, on average; where each takes so long, or as long as it says. */
  function follow(changes: number, takes: (index: number) => number) {
    const pace = new ChangePace();
    let looks = 0;
    let late = 0;
    for (let index = 0; index < changes; index += 1) {
      const from = 1_000_003 + index * 7;
      const deadline = from + 600_000;
      let pending = 0;
      for (let now = from; ; ) {
        now = pace.nextLook({ from, now, interval: 100, deadline });
        looks += 1;
        if (now - from >= takes(index)) {
          pace.learn({ pending, applied: now - from });
          late += now - from - takes(index);
          break;
        }
        pending = now - from;
      }
    }
    return { looks: looks / changes, late: late / changes };
  }

  it('are soon seen by one look each, shortly after they are done', () => {
    expect(follow(40, () => 500).looks).toBeLessThan(2);
    const { looks, late } = follow(1_000, () => 500);
    expect(looks).toBeLessThan(1.1);
    expect(late).toBeLessThan(40);
  });

  it('are so though they take a little more or less', () => {
    const { looks, late } = follow(1_000, (index) => 480 + ((index * 13) % 40));
    expect(looks).toBeLessThan(1.6);
    expect(late).toBeLessThan(60);
  });

  it('are followed where they become quicker, or slower', () => {
    expect(follow(2_000, (index) => (index < 1_000 ? 900 : 300)).late).toBeLessThan(150);
    expect(follow(2_000, (index) => (index < 1_000 ? 300 : 900)).looks).toBeLessThan(1.5);
  });
});

describe('a look', () => {
  const awaited = fc.record({
    from: fc.integer({ min: 0, max: 1_000_000 }),
    waited: fc.integer({ min: 0, max: 600_000 }),
    interval: fc.integer({ min: 10, max: 60_000 }),
    timeout: fc.integer({ min: 1, max: 3_600_000 }),
    took: fc.array(fc.integer({ min: 0, max: 600_000 }), { maxLength: 60 }),
  });

  it('comes at a round near to an interval, or to a tenth of the time so far, and never after the deadline', () => {
    fc.assert(
      fc.property(awaited, ({ from, waited, interval, timeout, took }) => {
        const pace = new ChangePace();
        for (const applied of took) pace.learn({ pending: 0, applied });
        const now = from + waited;
        const deadline = from + timeout;
        const next = pace.nextRound({ from, now, interval, deadline });
        const isDeadline = next === deadline && deadline > now;
        if (!isDeadline) expect(next % interval).toBe(0);
        expect(next).toBeGreaterThan(isDeadline ? now : now + interval / 2 - 1);
        const median = 300_000;
        const latestFirst = from + Math.max(10 * interval, median);
        expect(next).toBeLessThanOrEqual(Math.max(latestFirst, now + Math.max(interval, waited / 10)) + interval / 2);
        if (deadline > now) expect(next).toBeLessThanOrEqual(deadline);
      }),
    );
  });

  it('at anything else comes after an interval, to the millisecond, or at the deadline', () => {
    expect(nextLook({ from: 0, now: 1_234, interval: INTERVAL, deadline: 60_000 })).toBe(6_234);
    expect(nextLook({ from: 0, now: 1_234, interval: INTERVAL, deadline: 3_000 })).toBe(3_000);
    expect(nextLook({ from: 0, now: 61_234, interval: INTERVAL, deadline: 60_000 })).toBeCloseTo(67_357, 0);
  });
});
