import { describe, expect, it } from 'vitest';
import { refusalOfMany, reportsLeft } from '../../src/rollout/message-limits.js';

const KINDS = ['revert', 'skipBake', 'addTargets', 'pause', 'resume', 'approve', 'reject', 'abort'] as const;

describe('of many Updates', () => {
  it.each([
    [0, KINDS],
    [1_899, KINDS],
    [1_900, ['pause', 'resume', 'approve', 'reject', 'abort']],
    [1_950, ['resume', 'approve', 'reject', 'abort']],
    [1_990, ['abort']],
    [2_000, ['abort']],
  ] as const)('after %d a run takes %j', (updates, taken) => {
    expect(KINDS.filter((kind) => refusalOfMany(kind, updates) === undefined)).toEqual(taken);
  });

  it('one too many is refused with what is still taken, and with a remedy', () => {
    expect(refusalOfMany('pause', 1_950)).toBe(
      'This run has taken 1950 Updates, and Temporal takes 2000 of one run: pause is refused, so that it can still be stopped. Updates it still takes: resume, approve, reject, abort. abort and pause are taken as signals too. To go on without this limit, abort it and start it again for what is left.',
    );
  });
});

it('of 10,000 signals a batch reports with 8,000 and keeps the rest for acknowledgements', () => {
  expect([0, 5_000, 7_999, 8_000, 9_500].map(reportsLeft)).toEqual([8_000, 3_000, 1, 0, 0]);
});
