import fc from 'fast-check';
import { expect, test } from 'vitest';
import { OUTCOME_KINDS } from '../../src/rollout/outcome.js';
import type { Counts } from '../../src/rollout/stage-book.js';
import { goalOf, titleOf } from '../../src/rollout/title.js';
import { spec } from './builders.js';

const IMDSV2 = 'require IMDSv2';

test.each([
  [
    { counts: { changed: 100, compliant: 12, blocked: 7, total: 119, inFlight: 0 }, waived: 2, newSincePlan: 1 },
    '112 of 120 require IMDSv2, 5 blocked, 2 waived, 1 new',
  ],
  [{ counts: { total: 5, inFlight: 0 } }, '0 of 5 require IMDSv2, 5 not started'],
  [
    { counts: { changed: 3, failed: 1, total: 9, inFlight: 2 } },
    '3 of 9 require IMDSv2, 1 failed, 2 in flight, 3 not started',
  ],
  [
    { counts: { restored: 3, failed: 1, 'restore-failed': 1, total: 5, inFlight: 0 } },
    '0 of 5 require IMDSv2, 1 failed, 3 restored, 1 not restored',
  ],
  [{ counts: { blocked: 2, total: 2, inFlight: 0 }, waived: 2 }, '0 of 2 require IMDSv2, 2 waived'],
  [{ counts: { total: 0, inFlight: 0 } }, 'no instances in the selection'],
])('a rollout with %j reads %s', (facts: { counts: Counts }, title) => {
  expect(titleOf({ goal: IMDSV2, ...facts })).toBe(title);
});

test.each([
  [{ changed: 3, total: 3, inFlight: 0 }, '0 of 3 taken back, 3 still changed'],
  [
    { restored: 12, drifted: 2, 'restore-failed': 1, total: 15, inFlight: 0 },
    '12 of 15 taken back, 2 drifted, 1 not restored',
  ],
  [{ total: 0, inFlight: 0 }, 'nothing taken back'],
])('a rollback with %j reads %s', (counts: Counts, title) => {
  expect(titleOf({ counts })).toBe(title);
});

test('whatever became of them, the numbers add up to the total', () => {
  const number = fc.nat({ max: 20_000 });
  const outcomes = fc.record(Object.fromEntries(OUTCOME_KINDS.map((kind) => [kind, number])), { requiredKeys: [] });
  fc.assert(
    fc.property(outcomes, number, number, number, fc.nat(), (kinds, inFlight, waiting, newSincePlan, some) => {
      const settled = OUTCOME_KINDS.reduce((sum, kind) => sum + (kinds[kind] ?? 0), 0);
      const total = settled + inFlight + waiting;
      const waived = some % ((kinds.blocked ?? 0) + 1);
      const counts: Counts = { ...kinds, total, inFlight };
      const title = titleOf({ goal: IMDSV2, counts, waived, newSincePlan });
      fc.pre(total + newSincePlan > 0);
      const [good = 0, all = 0, ...rest] = (title.match(/\b\d+\b/g) ?? []).map(Number);
      expect(all).toBe(total + newSincePlan);
      expect(rest.reduce((sum, each) => sum + each, good)).toBe(all);
    }),
  );
});

test.each([
  [{}, 'require IMDSv2'],
  [
    { options: { httpTokens: 'required', httpPutResponseHopLimit: 2 } },
    'require IMDSv2 and have httpPutResponseHopLimit 2',
  ],
  [{ options: { httpTokens: 'optional' } }, 'have httpTokens optional'],
  [{ options: { httpEndpoint: 'disabled' } }, 'have httpEndpoint disabled'],
  // It adds to what all others are to have.
  [{ overrides: [{ match: { names: ['a'] }, options: { httpPutResponseHopLimit: 2 } }] }, 'require IMDSv2'],
  [{ overrides: [{ match: { names: ['a'] }, options: { httpTokens: 'optional' } }] }, 'are as the spec asks'],
])('a spec with %j asks that all %s', (changes, goal) => {
  expect(goalOf(spec(changes))).toBe(goal);
});
