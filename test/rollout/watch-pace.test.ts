import { expect, test } from 'vitest';
import { afterTelling, isDue, later, type WatchPace } from '../../src/rollout/watch-pace.js';

/** The rounds in which something is told, where each of these rounds has something to tell. */
function toldIn(rounds: readonly number[], start: WatchPace = { told: 0, rounds: 0 }): number[] {
  let pace = start;
  let last = -1;
  return rounds.filter((round) => {
    pace = later(pace, round - last);
    last = round;
    if (!isDue(pace)) return false;
    pace = afterTelling(pace);
    return true;
  });
}

const always = Array.from({ length: 4_320 }, (_, round) => round);

test('what comes and goes all the time is told ever less often', () => {
  const told = toldIn(always);
  expect(told.slice(0, 7)).toEqual([0, 1, 2, 4, 8, 16, 32]);
  expect(told.length).toBeLessThan(4_320 / 15);
});

test('after a long calm it is told at once again', () => {
  expect(toldIn([350, 351, 352, 353], { told: 40, rounds: 0 })).toEqual([350, 351, 352]);
  expect(toldIn([15, 16], { told: 40, rounds: 0 })).toEqual([15]);
  expect(toldIn([14, 15], { told: 40, rounds: 0 })).toEqual([15]);
});
