import { expect, it } from 'vitest';
import { PageCount } from '../../src/lightsail/page-count.js';

it('pages are counted from the first to the last, also where listings mingle', () => {
  const count = new PageCount();
  count.see(undefined, 'a2');
  count.see(undefined, 'b2');
  count.see('a2', 'a3');
  expect([count.pages, count.isKnown]).toEqual([3, false]);
  count.see('b2', undefined);
  expect([count.pages, count.isKnown]).toEqual([2, true]);
});

it('a listing that was begun elsewhere says nothing', () => {
  const count = new PageCount();
  count.see('unknown', 'next');
  count.see('next', undefined);
  expect([count.pages, count.isKnown]).toEqual([1, false]);
});

it('of very many listings under way the one that was begun first is forgotten', () => {
  const count = new PageCount();
  for (let n = 0; n <= 100; n += 1) count.see(undefined, `first-${n}`);
  count.see('first-0', undefined);
  expect(count.isKnown).toBe(false);
  count.see('first-1', undefined);
  expect([count.pages, count.isKnown]).toEqual([2, true]);
});
