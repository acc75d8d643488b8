import { describe, expect, test } from 'vitest';
import { BudgetWatch } from '../../src/rollout/budget-watch.js';
import { Ledger } from '../../src/rollout/ledger.js';
import { type RunPicture, statusOf, titleOfRun } from '../../src/rollout/run-status.js';
import { arnOf, changed, failed, planWith, recordStage, spec } from './builders.js';

const AT = '2026-11-25T10:00:00.000Z';
const plan = { ...planWith({ canary: 2, rest: 3 }), warnings: ['mind'] };

const planning: RunPicture = {
  name: 'prod',
  phase: 'planning',
  stage: undefined,
  waiting: null,
  spec: undefined,
  plan: undefined,
  ledger: undefined,
  tripped: undefined,
  unreadable: undefined,
  journal: undefined,
  paused: undefined,
  aborted: undefined,
  rollbackUntil: undefined,
  coverage: undefined,
  isRollback: false,
  warnings: [],
  log: [],
};

describe('the status of a run', () => {
  test('before it has planned says no more than that', () => {
    expect(statusOf(planning)).toEqual({
      name: 'prod',
      title: 'reads the fleet, nothing is changed yet',
      phase: 'planning',
      waiting: null,
      counts: { total: 0, inFlight: 0 },
      stages: [],
      budget: { failed: 0 },
      log: [],
    });
  });

  test('in a stage has its books, its budget, and all that was said', () => {
    const ledger = new Ledger(plan);
    recordStage(ledger, plan, 0, changed, failed);
    const picture: RunPicture = {
      ...planning,
      phase: 'applying',
      stage: 0,
      spec: spec({ failure: { max: 1, maxTotal: 3 } }),
      plan,
      ledger,
      tripped: 'too many',
      unreadable: 'web-1',
      paused: { at: AT, event: 'pause' },
      aborted: { at: AT, event: 'abort', mode: 'halt' },
      rollbackUntil: AT,
      coverage: { total: 6, required: 2, optional: 4, unknown: 0, newSincePlan: 1 },
    };
    expect(statusOf(picture)).toMatchObject({
      title: '1 of 6 require IMDSv2, 1 failed, 3 not started, 1 new',
      stage: 'canary',
      counts: { changed: 1, failed: 1, total: 5, inFlight: 0 },
      stages: [
        { name: 'canary', size: 2 },
        { name: 'rest', size: 3, counts: { total: 3, inFlight: 0 } },
      ],
      budget: { failed: 1, allowedInStage: 1, maxTotal: 3, tripped: 'too many' },
      unreadable: 'web-1',
      planHash: 'hash',
      warnings: ['mind'],
      paused: { event: 'pause' },
      aborted: { mode: 'halt' },
      rollbackUntil: AT,
      failures: ['us-east-1/canary-1 failed(api-error): AccessDeniedException: no'],
    });
  });

  test('has the stages of a plan whose books are not begun yet', () => {
    expect(statusOf({ ...planning, plan }).stages).toMatchObject([{ counts: { total: 2 } }, { counts: { total: 3 } }]);
  });
});

describe('the title of a run', () => {
  const ledger = new Ledger(plan);

  test.each([
    [{ isRollback: true }, 'reads what was changed'],
    [{ phase: 'ended' }, 'no plan was made, nothing was changed'],
    [{ phase: 'ended', isRollback: true }, 'nothing was taken back'],
    [{ phase: 'ended', plan: { ...plan, hash: '' }, ledger }, 'no plan was made, nothing was changed'],
    [{ plan, ledger, isRollback: true }, '0 of 5 taken back, 5 not started'],
  ] as const)('with %j is: %s', (changes, title) => {
    expect(titleOfRun({ ...planning, ...changes })).toBe(title);
  });
});

test('a budget is derived anew once a result has changed', () => {
  const ledger = new Ledger(plan);
  const watch = new BudgetWatch(spec().failure, ledger);
  expect(watch.tripped).toBeUndefined();
  recordStage(ledger, plan, 0, changed, failed);
  expect(watch.tripped).toBe('1 of 2 targets of stage "canary" failed, 0 may');
  ledger.amend(arnOf('canary-0'), failed);
  expect(watch.tripped).toBe('2 of 2 targets of stage "canary" failed, 0 may');
  expect(watch.tripped).toBe('2 of 2 targets of stage "canary" failed, 0 may');
});

test('an undo file that could not be written is in the status', () => {
  expect(statusOf({ ...planning, journal: 'no space is left' }).journal).toBe('no space is left');
});
