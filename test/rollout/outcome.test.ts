import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  countedKind,
  cutReason,
  describeOutcome,
  MAX_REASON_LENGTH,
  type Outcome,
  type RestoreOutcome,
} from '../../src/rollout/outcome.js';

test.each<[Outcome | RestoreOutcome, string]>([
  [{ kind: 'changed' }, 'changed'],
  [{ kind: 'changed', unverified: true }, 'changed(unverified)'],
  [{ kind: 'skipped', reason: 'opted-out' }, 'skipped(opted-out)'],
  [{ kind: 'blocked', reason: 'waived' }, 'blocked(waived)'],
  [{ kind: 'failed', reason: 'deadline' }, 'failed(deadline)'],
  [{ kind: 'restore-failed' }, 'restore-failed'],
])('%j reads %s', (outcome, text) => {
  expect(describeOutcome(outcome)).toBe(text);
});

test.each<[Outcome, RestoreOutcome['kind'] | undefined, string]>([
  [{ kind: 'changed' }, undefined, 'changed'],
  [{ kind: 'changed' }, 'restored', 'restored'],
  [{ kind: 'changed' }, 'drifted', 'drifted'],
  [{ kind: 'changed' }, 'restore-failed', 'restore-failed'],
  [{ kind: 'failed', reason: 'deadline' }, undefined, 'failed'],
  [{ kind: 'failed', reason: 'deadline' }, 'restored', 'failed'],
  [{ kind: 'failed', reason: 'deadline' }, 'gone', 'failed'],
  [{ kind: 'failed', reason: 'deadline' }, 'restore-failed', 'restore-failed'],
])('%j, then %s, is counted as %s', (outcome, restore, kind) => {
  expect(
    countedKind({ outcome, wrote: true, ...(restore !== undefined && { restore: { outcome: { kind: restore } } }) }),
  ).toBe(kind);
});

test('a reason is cut to its bound, never within a character', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 400, size: 'max' }), (text) => {
      const cut = cutReason(text);
      expect(cut.length).toBeLessThanOrEqual(MAX_REASON_LENGTH);
      expect(() => encodeURIComponent(cut)).not.toThrow();
      if (text.length <= MAX_REASON_LENGTH) expect(cut).toBe(text);
      else expect(cut).toMatch(/…$/);
    }),
  );
  expect(cutReason('😀'.repeat(200))).toBe(`${'😀'.repeat(149)}…`);
});
