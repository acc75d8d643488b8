import fc from 'fast-check';
import { expect, test } from 'vitest';
import { matchesGlob } from '../../src/rollout/glob.js';

test.each([
  ['web-*', 'web-7', true],
  ['web-*', 'web-', true],
  ['web-*', 'Web-7', false],
  ['*', '', true],
  ['', '', true],
  ['', 'a', false],
  ['?', '', false],
  ['a?c', 'abc', true],
  ['*-prod-*', 'web-prod-7', true],
  ['*b', 'abab', true],
  ['a*b*c', 'abcbc', true],
  ['a*b*c', 'abcb', false],
  ['web.7', 'web-7', false],
  ['[ab]', 'a', false],
  ['[ab]', '[ab]', true],
  ['**', 'x', true],
  ['.*', 'x', false],
])('%j on %j: %s', (pattern, text, matches) => {
  expect(matchesGlob(pattern, text)).toBe(matches);
});

test('it agrees with the regular expression that it stands for', () => {
  const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?', '.', '\n', '$'), maxLength: 8 });
  const text = fc.string({ unit: fc.constantFrom('a', 'b', '.', '\n', '$'), maxLength: 10 });
  fc.assert(
    fc.property(pattern, text, (glob, given) => {
      const source = [...glob].map((char) => ({ '*': '.*', '?': '.' })[char] ?? char.replace(/[.$]/, '\\$&')).join('');
      expect(matchesGlob(glob, given)).toBe(new RegExp(`^${source}$`, 's').test(given));
    }),
    { numRuns: 1_000 },
  );
});

test('a text matches itself, and itself between stars', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.string(), fc.string(), (text, before, after) => {
      fc.pre(!/[*?]/.test(text));
      expect(matchesGlob(text, text)).toBe(true);
      expect(matchesGlob(`*${text}*`, before + text + after)).toBe(true);
    }),
  );
});

test('a hostile pattern takes no more than a moment', () => {
  const start = performance.now();
  expect(matchesGlob(`${'*a'.repeat(120)}b`, 'a'.repeat(255))).toBe(false);
  expect(performance.now() - start).toBeLessThan(5_000);
});
