import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cleanLine } from '../../src/rollout/clean.js';
import { cutSummary } from '../../src/rollout/summary.js';

test('a name that is too long keeps its beginning and its end', () => {
  expect(cutSummary('us-east-1/web-7')).toBe('us-east-1/web-7');
  const cut = cutSummary(`us-east-1/${'x'.repeat(240)}-a17`);
  expect(cut).toMatch(/^us-east-1\/x+…x+-a17$/);
  expect(cut.length).toBeGreaterThan(180);
});

test('whatever its characters, its JSON is at most 190 bytes beside the quotes, and has no half of one', () => {
  const unit = fc.oneof(
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 }),
    fc.constantFrom('"', '\\', '\u001b', '\ud800'),
  );
  const sizeOf = (text: string) => Buffer.byteLength(JSON.stringify(text)) - 2;
  fc.assert(
    fc.property(fc.string({ unit, minLength: 20, maxLength: 400 }), (text) => {
      const cut = cutSummary(text);
      expect(sizeOf(cut)).toBeLessThanOrEqual(190);
      expect(cut).not.toMatch(/\p{Surrogate}/u);
      if (sizeOf(cleanLine(text)) <= 190) expect(cut).toBe(cleanLine(text));
    }),
  );
});
