import { expect, test } from 'vitest';
import { saysOutcome, saysRestored } from '../../src/rollout/answer.js';
import { OUTCOME_KINDS, RESTORE_KINDS } from '../../src/rollout/outcome.js';

test.each(OUTCOME_KINDS)('an apply may answer %s', (kind) => {
  expect(saysOutcome({ outcome: { kind }, wrote: true, sent: [null, 1] })).toBe(true);
});

test('an apply may answer that it was held', () => {
  expect(saysOutcome({ held: true })).toBe(true);
});

const refused = { region: 'us-east-1', isLapsed: true, why: 'ExpiredTokenException: no' };

test.each([
  { held: true, refused },
  { wrote: true, suspended: { waited: 7, errors: 0 }, refused, sent: [null, 1] },
])('both may answer that calls were refused: %j', (answer) => {
  expect(saysOutcome(answer)).toBe(true);
  expect(saysRestored(answer)).toBe(true);
});

test.each(RESTORE_KINDS)('a restore may answer %s', (kind) => {
  expect(saysRestored({ outcome: { kind }, detail: 'said to be so' })).toBe(true);
});

test.each([undefined, null, '', 'done', 7, [], {}, { held: false }, { outcome: null }, { outcome: { kind: 'fine' } }])(
  'the answer %j says nothing of a target',
  (answer) => {
    expect(saysOutcome(answer)).toBe(false);
    expect(saysRestored(answer)).toBe(false);
  },
);

test('an apply that does not say whether it wrote says too little', () => {
  expect(saysOutcome({ outcome: { kind: 'changed' } })).toBe(false);
});
