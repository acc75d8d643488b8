import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cutSummary } from '../../src/rollout/summary.js';

test('a name that is too long keeps its beginning and its end', () => {
  expect(cutSummary('us-east-1/web-7')).toBe('us-east-1/web-7');
  const cut = cutSummary(`us-east-1/${'x'.repeat(240)}-a17`);
  expect(cut).toMatch(/^us-east-1\/x+…x+-a17$/);
  expect(cut.length).toBeGreaterThan(180);
});

test('whatever its characters, it is at most 190 bytes, and has no half of one', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', minLength: 20, maxLength: 400 }), (text) => {
      const cut = cutSummary(text);
      expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(190);
      expect(cut).not.toMatch(/\p{Surrogate}/u);
      if (Buffer.byteLength(text) <= 190) expect(cut).toBe(text);
    }),
  );
});
