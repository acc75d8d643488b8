import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatStageSize, parseAllowance, parseGroupKey, parseStageSize, shareOf } from '../../src/rollout/size.js';

describe('a stage size', () => {
  test.each([
    [1, { kind: 'count', count: 1 }],
    ['5', { kind: 'count', count: 5 }],
    [' 5 ', { kind: 'count', count: 5 }],
    ['20%', { kind: 'percent', percent: 20 }],
    ['0.5%', { kind: 'percent', percent: 0.5 }],
    ['100%', { kind: 'percent', percent: 100 }],
    ['1 per tag:app', { kind: 'per', count: 1, key: 'tag:app' }],
    ['2 per tag:a b', { kind: 'per', count: 2, key: 'tag:a b' }],
    ['1 per blueprint', { kind: 'per', count: 1, key: 'blueprint' }],
    ['3 per scope', { kind: 'per', count: 3, key: 'scope' }],
    ['rest', { kind: 'rest' }],
  ])('%j is %j', (text, size) => {
    expect(parseStageSize(text)).toEqual(size);
  });

  test.each([
    0,
    -1,
    1.5,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    1e21,
    '',
    '0',
    '-1',
    '1.5',
    '1.0',
    '0%',
    '0.00%',
    '101%',
    '-5%',
    '5 %',
    '%',
    'Rest',
    'all',
    'per',
    '0 per scope',
    '1 per',
    '1 per ',
    '1 per zone',
    '1 per tag:',
    '1per scope',
    '5% per scope',
    '1 per tag',
  ])('%j is none', (text) => {
    expect(parseStageSize(text)).toBeUndefined();
  });

  test('reads back as it was written', () => {
    const written = fc.oneof(
      fc.constant('rest'),
      fc.integer({ min: 1, max: 99_999 }).map(String),
      fc.integer({ min: 1, max: 10_000 }).map((hundredths) => `${hundredths / 100}%`),
      fc
        .tuple(fc.integer({ min: 1, max: 999 }), fc.constantFrom('scope', 'blueprint', 'tag:app'))
        .map((parts) => parts.join(' per ')),
    );
    fc.assert(
      fc.property(written, (text) => {
        const size = parseStageSize(text);
        expect(size && formatStageSize(size)).toBe(text);
      }),
    );
  });
});

test.each([
  [0, { count: 0 }],
  ['2', { count: 2 }],
  ['0%', { percent: 0 }],
  ['10%', { percent: 10 }],
  ['100%', { percent: 100 }],
  ['101%', undefined],
  [-1, undefined],
  [0.5, undefined],
  ['rest', undefined],
  ['', undefined],
])('an allowance of %j is %j', (text, allowance) => {
  expect(parseAllowance(text)).toEqual(allowance);
});

test.each([
  ['scope', 'scope'],
  ['blueprint', 'blueprint'],
  ['tag:KEY', 'tag:KEY'],
  ['tag:', undefined],
  ['app', undefined],
  ['', undefined],
])('the group key %j is %j', (text, key) => {
  expect(parseGroupKey(text)).toBe(key);
});

test('a share is exact: it is whole just where it should be', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 20_000 }), fc.integer({ min: 0, max: 10_000 }), (total, hundredths) => {
      const exact = BigInt(total) * BigInt(hundredths);
      const share = shareOf(total, hundredths / 100);
      expect(Math.floor(share)).toBe(Number(exact / 10_000n));
      expect(Math.ceil(share)).toBe(Number((exact + 9_999n) / 10_000n));
    }),
  );
});
