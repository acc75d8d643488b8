import { expect, test } from 'vitest';
import { isSelected, matchesSelector } from '../../src/rollout/selector.js';
import { instance } from './builders.js';

const web = instance('web-1', { tags: { env: 'prod', app: 'shop', empty: '' } });

test.each([
  ['nothing selects everything', {}, true],
  ['any of the names', { names: ['db-*', 'web-*'] }, true],
  ['none of the names', { names: ['db-*'] }, false],
  ['no name at all', { names: [] }, false],
  ['all of the tags', { tags: { env: 'prod', app: 'shop' } }, true],
  ['one tag of two', { tags: { env: 'prod', app: 'blog' } }, false],
  ['any of a list of values', { tags: { env: ['test', 'pr*'] } }, true],
  ['none of a list of values', { tags: { env: ['test', 'dev'] } }, false],
  ['a tag that is there, with any value', { tags: { app: '*' } }, true],
  ['an empty value', { tags: { empty: '' } }, true],
  ['a tag that is not there, not even with a star', { tags: { owner: '*' } }, false],
  ['a tag key is no glob', { tags: { 'e*': 'prod' } }, false],
  ['name and tag, both', { names: ['web-*'], tags: { env: 'prod' } }, true],
  ['name without tag', { names: ['web-*'], tags: { env: 'dev' } }, false],
  ['tag without name', { names: ['db-*'], tags: { env: 'prod' } }, false],
  ['what every object inherits is no tag', { tags: { constructor: '*' } }, false],
  ['nor is toString', { tags: { toString: '*' } }, false],
])('%s', (_, selector, matches) => {
  expect(matchesSelector(selector, web)).toBe(matches);
});

test.each([
  ['without either, everything is selected', {}, true],
  ['include selects', { include: { names: ['web-*'] } }, true],
  ['include leaves the others out', { include: { names: ['db-*'] } }, false],
  ['exclude wins over include', { include: { names: ['web-*'] }, exclude: { tags: { env: 'prod' } } }, false],
  [
    'an exclude that does not match leaves include alone',
    { include: { names: ['web-*'] }, exclude: { tags: { env: 'dev' } } },
    true,
  ],
])('%s', (_, selection, selected) => {
  expect(isSelected(selection, web)).toBe(selected);
});
