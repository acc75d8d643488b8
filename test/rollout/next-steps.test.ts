import { expect, test } from 'vitest';
import { Ledger } from '../../src/rollout/ledger.js';
import { nextSteps } from '../../src/rollout/next-steps.js';
import type { TargetResult } from '../../src/rollout/outcome.js';
import { arnOf, changed, drifted, failed, planWith, recordStage as record } from './builders.js';

const run = { workflowId: 'imds-rollout-prod', runId: '0198', isRollback: false };
const BACK =
  'imds-rollout rollback imds-rollout-prod, or start workflow imdsRollback on the same task queue with {"rollouts":[{"workflowId":"imds-rollout-prod","runId":"0198"}]}';
const AGAIN = 'None of its changes stands. Mend the cause, then start the spec again.';

test.each([
  [{ ended: 'completed', left: 4, notRestored: 0 }, []],
  [{ ended: 'rolled-back', left: 0, notRestored: 0 }, [AGAIN]],
  [{ ended: 'halted', left: 0, notRestored: 0 }, [AGAIN]],
  [
    { ended: 'aborted', left: 1, notRestored: 0, rollbackUntil: '2026-11-26T10:00:00.000Z' },
    [
      `1 instance may be left changed. To take it back: ${BACK} (possible until 2026-11-26T10:00:00.000Z).`,
      'To go on instead: mend the cause, then start the spec again. What is done is left alone.',
    ],
  ],
  [
    { ended: 'rollback-incomplete', left: 2, notRestored: 2 },
    [`2 instances not taken back. Once the cause is mended: ${BACK}.`],
  ],
  [
    { ended: 'rolled-back', left: 0, notRestored: 0, wasReset: true },
    [`None of its changes stands, but it was reset: what was changed before that may. To take that back too: ${BACK}.`],
  ],
  [
    { ended: 'halted', left: 0, notRestored: 0, adrift: true },
    [`Once that batch has ended, all of it can be taken back: ${BACK}.`],
  ],
] as const)('a rollout with %j', (facts, steps) => {
  expect(nextSteps(facts, run)).toEqual(steps);
});

test('a rollback is started again for what it has left', () => {
  const rollback = { ...run, isRollback: true };
  expect(nextSteps({ ended: 'rolled-back', left: 0, notRestored: 0 }, rollback)).toEqual([]);
  expect(nextSteps({ ended: 'aborted', left: 3, notRestored: 0 }, rollback)).toEqual([
    '3 instances may still be changed. Mend the cause, then start the rollback again: what is back is left alone.',
  ]);
});

test('the books say what is left: changed or failed after the write, and neither back nor found otherwise', () => {
  const plan = planWith({ all: 7 });
  const ledger = new Ledger(plan);
  const unsent: TargetResult = { ...failed, wrote: false };
  record(ledger, plan, 0, changed, changed, failed, unsent, drifted, changed, changed);
  expect(ledger.left()).toBe(5);
  ledger.amend(arnOf('all-0'), { restore: { outcome: { kind: 'restored' } } });
  ledger.amend(arnOf('all-1'), { restore: { outcome: { kind: 'restore-failed' } } });
  ledger.amend(arnOf('all-5'), { outcome: { kind: 'failed', reason: 'reverted' } });
  ledger.amend(arnOf('all-6'), { outcome: { kind: 'gone' } });
  expect(ledger.left()).toBe(2);
});

test('the books keep the last failures, those of a running batch among them', () => {
  const plan = planWith({ canary: 3, rest: 9 });
  const ledger = new Ledger(plan);
  expect(ledger.lastFailures()).toEqual([]);
  record(ledger, plan, 0, failed, changed, changed);
  const tell = (seq: number, ...failures: string[]) =>
    ledger.recordProgress(1, { batch: 'b', seq, counts: {}, failed: seq, inFlight: 0, failures });
  tell(1, 'us-east-1/rest-0 failed(deadline)');
  tell(1, 'told twice');
  const first = 'us-east-1/canary-0 failed(api-error): AccessDeniedException: no';
  expect(ledger.lastFailures()).toEqual([first, 'us-east-1/rest-0 failed(deadline)']);
  record(ledger, plan, 1, ...Array.from({ length: 9 }, () => failed));
  const last = ledger.lastFailures();
  expect(last).toHaveLength(5);
  expect(last.at(-1)).toContain('rest-8');
  ledger.amend(arnOf('rest-8'), { restore: { outcome: { kind: 'restored' } } });
  expect(ledger.lastFailures().at(-1)).toBe('us-east-1/rest-8 failed(api-error), restored: AccessDeniedException: no');
});

test('several instances that may be left changed are them', () => {
  expect(nextSteps({ ended: 'halted', left: 2, notRestored: 0 }, run)[0]).toBe(
    `2 instances may be left changed. To take them back: ${BACK}.`,
  );
});
