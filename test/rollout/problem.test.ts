import { expect, test } from 'vitest';
import { formatPath, quoteKey, suggest } from '../../src/rollout/problem.js';
import { byCodeUnit, scopeKey, scopeOf, scopesOf } from '../../src/rollout/scope.js';
import { arnOf } from './builders.js';

test.each([
  [[], '(spec)'],
  [['name'], 'name'],
  [['stages', 1, 'size'], 'stages[1].size'],
  [['a', 'b c', 0], 'a["b c"][0]'],
  [['tags', 'imds-rollout'], 'tags.imds-rollout'],
  [['a.b'], '["a.b"]'],
  [['x\ny'], '["x\\ny"]'],
  [[''], '[""]'],
])('the path of %j is %s', (path, text) => {
  expect(formatPath(path)).toBe(text);
});

test('a quoted key is one line of bearable length', () => {
  expect(quoteKey('a\n"b')).toBe('"a\\n\\"b"');
  expect(quoteKey('x'.repeat(1_000))).toHaveLength(63);
});

test.each([
  ['optoins', 'options'],
  ['STAGES', 'stages'],
  ['stage', 'stages'],
  ['nmae', 'name'],
  ['x', undefined],
  ['', undefined],
  ['somethingelse', undefined],
  ['x'.repeat(100_000), undefined],
])('a typo such as %.20s is most likely %s', (typo, word) => {
  expect(suggest(typo, ['name', 'options', 'stages', 'to'])).toBe(word);
});

test('a scope comes from the ARN', () => {
  expect(scopeOf(arnOf('web-1', 'eu-north-1'))).toEqual({ account: '111122223333', region: 'eu-north-1' });
  expect(scopeKey({ account: '1', region: 'eu-north-1' })).toBe('1:eu-north-1');
});

test('leases are taken once per scope and in one order, whatever the order of the targets', () => {
  const arns = [
    arnOf('a', 'us-east-1'),
    arnOf('b', 'eu-west-1'),
    arnOf('c', 'us-east-1'),
    arnOf('d', 'us-east-1', '000000000001'),
  ];
  const scopes = ['000000000001:us-east-1', '111122223333:eu-west-1', '111122223333:us-east-1'];
  expect(scopesOf(arns).map(scopeKey)).toEqual(scopes);
  expect(scopesOf(arns.toReversed()).map(scopeKey)).toEqual(scopes);
});

test('text is ordered by code unit, the same on every machine', () => {
  expect(['b', 'ä', 'B', 'a', 'a'].toSorted(byCodeUnit)).toEqual(['B', 'a', 'a', 'b', 'ä']);
});

test('of several words that are near the nearest is meant', () => {
  expect(suggest('regio', ['regions', 'region'])).toBe('region');
});

test('what is no ARN has no scope', () => {
  expect(scopeOf('web-1')).toEqual({ account: '', region: '' });
});
