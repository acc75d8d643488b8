import { describe, expect, test } from 'vitest';
import { failureLine } from '../../src/rollout/last-failures.js';
import { Ledger } from '../../src/rollout/ledger.js';
import type { Outcome } from '../../src/rollout/outcome.js';
import { arnOf, changed, drifted, failed, planWith, recordStage as record, target } from './builders.js';

const reverted: Outcome = { kind: 'failed', reason: 'reverted' };
const restored = { outcome: { kind: 'restored' } } as const;

describe('exceptions', () => {
  test('are all that is not as anybody would hope, worst first, with the reasons', () => {
    const settled = [
      { arn: arnOf('ok'), name: 'ok', outcome: { kind: 'compliant' } },
      { arn: arnOf('legacy'), name: 'legacy', outcome: { kind: 'blocked', reason: 'waived' }, detail: 'old agent' },
    ] as const;
    const plan = planWith({ canary: 3, rest: 4 }, settled);
    const ledger = new Ledger(plan);
    record(ledger, plan, 0, changed, { outcome: { kind: 'changed', unverified: true }, wrote: true }, drifted);
    record(ledger, plan, 1, failed, changed, changed, { ...failed, restore: restored });
    ledger.amend(arnOf('rest-1'), { restore: { outcome: { kind: 'restore-failed' }, detail: 'AccessDenied' } });
    ledger.amend(arnOf('rest-2'), { outcome: { kind: 'gone' }, detail: 'deleted after its change' });
    expect(ledger.exceptions().map(({ name, outcome, reason }) => [name, outcome, reason])).toEqual([
      ['rest-1', 'changed, restore-failed', 'AccessDenied'],
      ['rest-0', 'failed(api-error)', 'AccessDeniedException: no'],
      ['rest-3', 'failed(api-error), restored', 'AccessDeniedException: no'],
      ['rest-2', 'gone', 'deleted after its change'],
      ['legacy', 'blocked(waived)', 'old agent'],
      ['canary-2', 'skipped(drifted)', ''],
      ['canary-1', 'changed(unverified)', ''],
    ]);
  });

  test('name the scope and the ARN', () => {
    const plan = planWith({ canary: 1 });
    const ledger = new Ledger(plan);
    record(ledger, plan, 0, failed);
    expect(ledger.exceptions()).toMatchObject([{ scope: '111122223333:us-east-1', arn: arnOf('canary-0') }]);
  });

  test('a target that was taken back is none', () => {
    const plan = planWith({ canary: 1 });
    const ledger = new Ledger(plan);
    record(ledger, plan, 0, changed);
    ledger.amend(arnOf('canary-0'), { restore: restored });
    expect(ledger.exceptions()).toEqual([]);
  });
});

test('the line of a failure names the instance, the outcome and the reason', () => {
  expect(failureLine(target('web-7'), failed)).toBe('us-east-1/web-7 failed(api-error): AccessDeniedException: no');
  expect(failureLine(target('web-7'), { outcome: reverted, wrote: true })).toBe('us-east-1/web-7 failed(reverted)');
});

test('what is settled without a word more has an empty reason', () => {
  const settled = [{ arn: arnOf('off'), name: 'off', outcome: { kind: 'skipped', reason: 'stopped' } }] as const;
  expect(new Ledger(planWith({}, settled)).exceptions()).toMatchObject([{ outcome: 'skipped(stopped)', reason: '' }]);
});
