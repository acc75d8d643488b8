import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { WatchNews } from '../../src/rollout/health.js';
import { addNews, NO_NEWS } from '../../src/rollout/watch-news.js';

const found = (changes: Partial<WatchNews>): WatchNews => ({ ...NO_NEWS, ...changes });
const all = (...rounds: Partial<WatchNews>[]) => rounds.map(found).reduce(addNews, NO_NEWS);

const LOST = { blind: ['a'], blindReason: 'no route', observer: true };

test.each<[string, WatchNews, WatchNews]>([
  ['what is lost', all(LOST), found(LOST)],
  ['what is lost and found again', all(LOST, { recovered: ['a'] }), NO_NEWS],
  ['what is found and lost again', all({ recovered: ['a'] }, LOST), NO_NEWS],
  ['what is lost, found and lost', all(LOST, { recovered: ['a'] }, LOST), found(LOST)],
  [
    'what is lost after another',
    all(LOST, { blind: ['b'], blindReason: 'late' }),
    found({ blind: ['a', 'b'], blindReason: 'late' }),
  ],
  ['one of two that is found', all({ ...LOST, blind: ['a', 'b'] }, { recovered: ['b'] }), found(LOST)],
  [
    'who failed in any round',
    all({ unhealthy: [{ id: 'a', reason: '503' }] }, {}, { unhealthy: [{ id: 'b', reason: 'impaired' }] }),
    found({
      unhealthy: [
        { id: 'a', reason: '503' },
        { id: 'b', reason: 'impaired' },
      ],
    }),
  ],
])('of several rounds is told: %s', (_, news, told) => {
  expect(news).toEqual(told);
});

test('a reason of any length is cut', () => {
  const reason = 'x'.repeat(5_000);
  const news = all({ blind: ['a'], blindReason: reason, unhealthy: [{ id: 'b', reason }] });
  expect(news.blindReason).toHaveLength(300);
  expect(news.unhealthy[0]?.reason).toHaveLength(300);
});

test('whoever adds the news to what was known before knows who is lost now', () => {
  const rounds = fc.array(fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.boolean()), { maxLength: 12 });
  fc.assert(
    fc.property(fc.subarray(['a', 'b', 'c']), rounds, (before, losses) => {
      const lost = new Set(before);
      let news = NO_NEWS;
      for (const round of losses) {
        const blind = Object.keys(round).filter((id) => round[id] && !lost.has(id));
        const recovered = Object.keys(round).filter((id) => !round[id] && lost.has(id));
        for (const id of blind) lost.add(id);
        for (const id of recovered) lost.delete(id);
        news = addNews(news, found({ blind, recovered }));
      }
      const told = new Set(before);
      for (const id of news.recovered) told.delete(id);
      for (const id of news.blind) told.add(id);
      expect([...told].sort()).toEqual([...lost].sort());
    }),
  );
});
