import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatDuration, MAX_DURATION_MS, parseDuration } from '../../src/rollout/duration.js';

test.each([
  ['0s', 0],
  ['1ms', 1],
  ['500ms', 500],
  ['30s', 30_000],
  ['15m', 900_000],
  ['7h', 25_200_000],
  ['14d', 1_209_600_000],
  ['1.5h', 5_400_000],
  ['0.5s', 500],
  ['365d', MAX_DURATION_MS],
])('%s is %i ms', (text, ms) => {
  expect(parseDuration(text)).toBe(ms);
});

test.each([
  '',
  ' ',
  '5',
  's',
  '5 s',
  ' 5s',
  '5s\n',
  '-5s',
  '+5s',
  '5S',
  '1h30m',
  '1week',
  '5w',
  '.5s',
  '5.s',
  '1e3s',
  '366d',
  '999999999d',
  '9999999999s',
  '٥s',
  '__proto__',
  '5constructor',
  'Infinitys',
  'NaNs',
])('%j is no duration', (text) => {
  expect(parseDuration(text)).toBeUndefined();
});

test.each([
  [-5, '0ms'],
  [0, '0ms'],
  [999, '999ms'],
  [1_000, '1s'],
  [1_499, '1s'],
  [59_999, '1m'],
  [90_000, '1m 30s'],
  [5_400_000, '1h 30m'],
  [86_400_000, '1d'],
  [90_061_000, '1d 1h'],
  [3_601_000, '1h 1s'],
])('%i ms reads %s', (ms, text) => {
  expect(formatDuration(ms)).toBe(text);
});

test('a duration of one unit comes back as it was written', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 23 }), fc.constantFrom('s', 'm', 'h', 'd'), (count, unit) => {
      expect(formatDuration(parseDuration(`${count}${unit}`) ?? -1)).toBe(`${count}${unit}`);
    }),
  );
});

test('any text is a whole number of milliseconds in bounds, or nothing', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^\d{0,10}(\.\d{0,4})?(ms|s|m|h|d|w)?$/), (text) => {
      const ms = parseDuration(text);
      expect(ms === undefined || (Number.isInteger(ms) && ms >= 0 && ms <= MAX_DURATION_MS)).toBe(true);
    }),
  );
});
