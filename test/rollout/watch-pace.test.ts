import fc from 'fast-check';
import { expect, test } from 'vitest';
import { addNews, NO_NEWS } from '../../src/rollout/watch-news.js';
import { afterTelling, isDue, NOTHING_TOLD } from '../../src/rollout/watch-pace.js';

/** The rounds in which something is told of instances that come and go as these rounds say, each by who is lost then. */
function toldIn(rounds: readonly ReadonlySet<string>[]): number[] {
  const told: number[] = [];
  let known: ReadonlySet<string> = new Set();
  let pace = NOTHING_TOLD;
  let before: ReadonlySet<string> = new Set();
  let news = NO_NEWS;
  for (const [round, lost] of rounds.entries()) {
    const blind = [...lost].filter((id) => !before.has(id));
    const recovered = [...before].filter((id) => !lost.has(id));
    before = lost;
    news = addNews(news, { ...NO_NEWS, blind, recovered });
    pace = { ...pace, rounds: pace.rounds + 1 };
    if (!isDue(pace, news, known.size)) continue;
    told.push(round);
    known = lost;
    pace = afterTelling(pace, news);
    news = NO_NEWS;
  }
  return told;
}

const LOST = new Set(['a']);
const SEEN = new Set<string>();

test('one that is lost and seen again is told of in the round in which it happens', () => {
  expect(toldIn([SEEN, LOST, LOST, SEEN, SEEN])).toEqual([1, 3]);
});

test('one that comes and goes all the time is told of ever less often', () => {
  const days = Array.from({ length: 4_320 }, (_, round) => (round % 2 === 0 ? LOST : SEEN));
  const told = toldIn(days);
  expect(told.slice(0, 4)).toEqual([0, 1, 2, 5]);
  expect(told.length).toBeLessThan(4_320 / 8);
});

test('after a long calm it is told at once again', () => {
  const restless = Array.from({ length: 200 }, (_, round) => (round % 2 === 0 ? LOST : SEEN));
  const calm = Array.from({ length: 150 }, () => SEEN);
  const told = toldIn([...restless, ...calm, LOST, SEEN, LOST]);
  expect(told.filter((round) => round >= 350)).toEqual([350, 351, 352]);
});

test('whoever comes and goes, the first loss is told at once, and in the end all is known', () => {
  const who = fc.uniqueArray(fc.constantFrom('a', 'b', 'c')).map((ids) => new Set(ids));
  fc.assert(
    fc.property(fc.array(who, { minLength: 1, maxLength: 60 }), (rounds) => {
      const last = rounds.at(-1) ?? SEEN;
      const told = toldIn([...rounds, ...Array.from({ length: 20 }, () => last)]);
      const first = rounds.findIndex((lost) => lost.size > 0);
      expect(told[0] ?? -1).toBe(first);
      // Nothing is left over: whoever is lost after that is told of at once.
      const more = toldIn([...rounds, ...Array.from({ length: 20 }, () => last), new Set(['a', 'b', 'c', 'd'])]);
      if (last.size === 0) expect(more.at(-1)).toBe(rounds.length + 20);
    }),
  );
});

test('who is unhealthy is told of at once, with all the rest', () => {
  const news = { ...NO_NEWS, unhealthy: [{ id: 'a', reason: '503' }], recovered: ['b'] };
  expect(isDue({ told: 40, rounds: 1 }, news, 1)).toBe(true);
  expect(afterTelling({ told: 40, rounds: 1 }, news)).toEqual({ told: 41, rounds: 0 });
  expect(afterTelling({ told: 40, rounds: 1 }, { ...news, recovered: [] })).toEqual({ told: 40, rounds: 1 });
});
