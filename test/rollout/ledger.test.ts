import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { budgetTrip } from '../../src/rollout/budget.js';
import { type Counts, Ledger } from '../../src/rollout/ledger.js';
import { OUTCOME_KINDS, type Outcome, type TargetResult } from '../../src/rollout/outcome.js';
import { arnOf, changed, drifted, failed, planWith, recordStage as record, spec, target } from './builders.js';

const reverted: Outcome = { kind: 'failed', reason: 'reverted' };
const restored = { outcome: { kind: 'restored' } } as const;

function sumOf(counts: Counts): number {
  return OUTCOME_KINDS.reduce((sum, kind) => sum + (counts[kind] ?? 0), 0);
}

describe('counts', () => {
  test('hold what the plan settled from the start', () => {
    const settled = [
      { arn: arnOf('a'), name: 'a', outcome: { kind: 'compliant' } },
      { arn: arnOf('b'), name: 'b', outcome: { kind: 'blocked', reason: 'waived' } },
    ] as const;
    expect(new Ledger(planWith({ canary: 1 }, settled)).counts()).toEqual({
      compliant: 1,
      blocked: 1,
      total: 3,
      inFlight: 0,
    });
  });

  test('follow the progress of a running batch, and its result replaces it', () => {
    const plan = planWith({ canary: 3 });
    const ledger = new Ledger(plan);
    ledger.recordProgress(0, { batch: 'b1', seq: 1, counts: { changed: 1 }, failed: 0, inFlight: 2 });
    expect(ledger.counts()).toEqual({ changed: 1, total: 3, inFlight: 2 });
    record(ledger, plan, 0, changed, failed, drifted);
    expect(ledger.counts()).toEqual({ changed: 1, failed: 1, skipped: 1, total: 3, inFlight: 0 });
  });

  test('ignore progress that comes late, twice, or out of order', () => {
    const plan = planWith({ canary: 3 });
    const ledger = new Ledger(plan);
    const tell = (batch: string, seq: number, count: number) =>
      ledger.recordProgress(0, { batch, seq, counts: { changed: count }, failed: 0, inFlight: 0 });
    tell('b1', 2, 2);
    tell('b1', 1, 1);
    tell('b1', 2, 1);
    expect(ledger.stageCounts(0)).toMatchObject({ changed: 2 });
    record(ledger, plan, 0, changed, changed, changed);
    tell('b1', 3, 3);
    expect(ledger.stageCounts(0)).toEqual({ changed: 3, total: 3, inFlight: 0 });
  });

  test('of a second batch of a stage begin anew beside the results of the first', () => {
    const plan = planWith({ rest: 4 });
    const [a, b] = plan.stages[0]?.targets ?? [];
    const ledger = new Ledger(plan);
    ledger.recordProgress(0, { batch: 'b1', seq: 9, counts: { changed: 2 }, failed: 0, inFlight: 0 });
    ledger.recordBatch(0, a && b ? [a, b] : [], [changed, changed]);
    ledger.recordProgress(0, { batch: 'b2', seq: 1, counts: { failed: 1 }, failed: 1, inFlight: 1 });
    expect(ledger.stageCounts(0)).toEqual({ changed: 2, failed: 1, total: 4, inFlight: 1 });
  });

  test('count a restored target once: as restored, or as failed where that is why', () => {
    const plan = planWith({ canary: 3 });
    const ledger = new Ledger(plan);
    record(ledger, plan, 0, changed, { ...failed, restore: restored }, failed);
    ledger.amend(arnOf('canary-0'), { restore: restored });
    ledger.amend(arnOf('canary-2'), { restore: { outcome: { kind: 'restore-failed' } } });
    expect(ledger.counts()).toEqual({ restored: 1, failed: 1, 'restore-failed': 1, total: 3, inFlight: 0 });
    expect(ledger.restoreFailures()).toBe(1);
  });

  test('add up to the total, whatever became of the targets, and never beyond it on the way', () => {
    const outcome = fc.constantFrom<Outcome>(
      { kind: 'changed' },
      { kind: 'compliant' },
      { kind: 'skipped', reason: 'gone' },
      { kind: 'blocked', reason: 'changing' },
      { kind: 'failed', reason: 'deadline' },
      { kind: 'drifted' },
    );
    const restore = fc.option(fc.constantFrom('restored' as const, 'drifted' as const, 'restore-failed' as const), {
      nil: undefined,
    });
    const result = fc.record({ outcome, wrote: fc.boolean(), restore }).map(
      ({ restore: kind, ...rest }): TargetResult => ({
        ...rest,
        ...(kind !== undefined && { restore: { outcome: { kind } } }),
      }),
    );
    fc.assert(
      fc.property(fc.array(fc.array(result, { maxLength: 5 }), { minLength: 1, maxLength: 4 }), (stages) => {
        const plan = planWith(Object.fromEntries(stages.map((results, index) => [`s${index}`, results.length])));
        const ledger = new Ledger(plan);
        stages.forEach((results, index) => {
          expect(sumOf(ledger.counts())).toBeLessThanOrEqual(ledger.counts().total);
          record(ledger, plan, index, ...results);
          ledger.finishStage(index);
        });
        const counts = ledger.counts();
        expect(sumOf(counts)).toBe(counts.total);
        expect(counts.inFlight).toBe(0);
      }),
    );
  });
});

describe('what a restore of the run looks at', () => {
  test('is all that may have been written, last changed first', () => {
    const plan = planWith({ canary: 2, rest: 4 });
    const ledger = new Ledger(plan);
    record(ledger, plan, 0, changed, failed);
    record(
      ledger,
      plan,
      1,
      changed,
      drifted,
      { ...failed, restore: restored },
      { outcome: { kind: 'skipped', reason: 'not-started' }, wrote: true },
    );
    expect(ledger.toRestore().map(({ name }) => name)).toEqual(['rest-3', 'rest-0', 'canary-1', 'canary-0']);
  });

  test('leaves out what is back, and keeps what could not be taken back', () => {
    const plan = planWith({ canary: 2 });
    const ledger = new Ledger(plan);
    record(ledger, plan, 0, changed, changed);
    ledger.amend(arnOf('canary-0'), { restore: restored });
    ledger.amend(arnOf('canary-1'), { restore: { outcome: { kind: 'restore-failed' } } });
    expect(ledger.toRestore().map(({ name }) => name)).toEqual(['canary-1']);
  });

  test('holds the values before the change', () => {
    const plan = planWith({ canary: 1 });
    const ledger = new Ledger(plan);
    record(ledger, plan, 0, changed);
    expect(ledger.toRestore()).toEqual([target('canary-0')]);
  });
});

describe('tallies for the budget', () => {
  const generous = spec({ failure: { max: 5 } }).failure;

  test('count failures by stage, and neither skipped nor blocked ones as attempts', () => {
    const plan = planWith({ canary: 3, rest: 2 });
    const ledger = new Ledger(plan);
    record(ledger, plan, 0, changed, failed, drifted);
    expect(ledger.tallies()).toEqual([
      { name: 'canary', size: 3, attempted: 2, failed: 1, late: 0, finished: false },
      { name: 'rest', size: 2, attempted: 0, failed: 0, late: 0, finished: false },
    ]);
  });

  test('do not count what was begun and left when keys were refused', () => {
    const plan = planWith({ canary: 2 });
    const ledger = new Ledger(plan);
    const unconfirmed = { outcome: { kind: 'failed', reason: 'unconfirmed' }, wrote: true } as const;
    record(ledger, plan, 0, unconfirmed, failed);
    expect(ledger.tallies()).toMatchObject([{ failed: 1, attempted: 1 }]);
    expect(ledger.toRestore()).toContainEqual(plan.stages[0]?.targets[0]);
  });

  test('a stage without targets is finished, and trips nothing', () => {
    const ledger = new Ledger(planWith({ canary: 0, rest: 1 }));
    expect(ledger.tallies()[0]).toMatchObject({ finished: true, attempted: 0 });
    expect(budgetTrip(spec().failure, ledger.tallies())).toBeUndefined();
  });

  test('what the last sweep finds reverted counts to the last stage that had targets, once', () => {
    const plan = planWith({ canary: 1, early: 2, rest: 0 });
    const ledger = new Ledger(plan);
    record(ledger, plan, 0, changed);
    record(ledger, plan, 1, changed, changed);
    ledger.amend(arnOf('canary-0'), { outcome: reverted });
    ledger.amend(arnOf('early-0'), { outcome: reverted });
    expect(ledger.tallies()).toMatchObject([
      { name: 'canary', attempted: 1, failed: 0, late: 0 },
      { name: 'early', attempted: 2, failed: 2, late: 1 },
      { name: 'rest', attempted: 0, failed: 0, late: 0 },
    ]);
  });

  test('hosts of earlier stages that are reverted do not make a good last stage look wholly failed', () => {
    const plan = planWith({ canary: 1, rest: 1 });
    const ledger = new Ledger(plan);
    record(ledger, plan, 0, changed);
    record(ledger, plan, 1, changed);
    ledger.finishStage(0);
    ledger.finishStage(1);
    ledger.amend(arnOf('canary-0'), { outcome: reverted });
    expect(budgetTrip(generous, ledger.tallies())).toBeUndefined();
    expect(budgetTrip(spec().failure, ledger.tallies())).toBe('1 of 1 targets of stage "rest" failed, 0 may');
  });

  test('a last stage whose every target is reverted stops the run', () => {
    const plan = planWith({ canary: 1, rest: 1 });
    const ledger = new Ledger(plan);
    record(ledger, plan, 0, changed);
    record(ledger, plan, 1, changed);
    ledger.finishStage(1);
    ledger.amend(arnOf('rest-0'), { outcome: reverted });
    expect(budgetTrip(generous, ledger.tallies())).toBe('every attempted target of stage "rest" failed (1)');
  });

  test.each(['drifted', 'replaced', 'gone'] as const)(
    'a changed target that is found %s later was an attempt all the same',
    (kind) => {
      const plan = planWith({ rest: 2 });
      const ledger = new Ledger(plan);
      record(ledger, plan, 0, failed, changed);
      ledger.finishStage(0);
      ledger.amend(arnOf('rest-1'), { outcome: { kind } });
      expect(budgetTrip(generous, ledger.tallies())).toBeUndefined();
    },
  );

  test('a restore makes no failure undone and none more', () => {
    const plan = planWith({ rest: 2 });
    const ledger = new Ledger(plan);
    record(ledger, plan, 0, { ...failed, restore: restored }, changed);
    ledger.amend(arnOf('rest-1'), { restore: { outcome: { kind: 'restore-failed' } } });
    expect(ledger.tallies()).toMatchObject([{ attempted: 2, failed: 1 }]);
  });
});

test('only what is still changed counts as changed in a stage', () => {
  const plan = planWith({ canary: 3 });
  const ledger = new Ledger(plan);
  record(ledger, plan, 0, changed, { outcome: { kind: 'compliant' }, wrote: false }, failed);
  expect(ledger.changedIn(0)).toBe(1);
});

test('the downgraded ones are those whose tokens really went back to optional', () => {
  const plan = planWith({ canary: 2 });
  const ledger = new Ledger(plan);
  record(ledger, plan, 0, changed, changed);
  ledger.amend(arnOf('canary-0'), { restore: { ...restored, downgraded: true } });
  ledger.amend(arnOf('canary-1'), { restore: restored });
  expect(ledger.downgraded()).toBe(1);
});

test('every change of a result makes another revision, so that what is derived from it is derived anew', () => {
  const plan = planWith({ canary: 1 });
  const ledger = new Ledger(plan);
  const seen = [ledger.revision];
  record(ledger, plan, 0, changed);
  seen.push(ledger.revision);
  ledger.amend(arnOf('canary-0'), { outcome: reverted });
  seen.push(ledger.revision);
  ledger.finishStage(0);
  seen.push(ledger.revision);
  expect(new Set(seen).size).toBe(4);
});

test('a stage that the plan does not have is a mistake of the caller', () => {
  expect(() => new Ledger(planWith({ canary: 1 })).stageCounts(1)).toThrow('the plan has no stage 1');
});

describe('the books', () => {
  const plan = planWith({ canary: 2 });

  test('leave a target alone of which a batch says nothing', () => {
    const ledger = new Ledger(plan);
    record(ledger, plan, 0, changed);
    expect(ledger.resultOf(arnOf('canary-1'))).toBeUndefined();
    expect(ledger.resultOf(arnOf('nobody'))).toBeUndefined();
    expect(ledger.targets().map(({ name }) => name)).toEqual(['canary-0', 'canary-1']);
    expect(ledger.toRestore().map(({ name }) => name)).toEqual(['canary-0']);
  });

  test('no longer name among the last failures what is back after all', () => {
    const ledger = new Ledger(plan);
    record(ledger, plan, 0, changed, changed);
    const arn = arnOf('canary-0');
    ledger.amend(arn, { restore: { outcome: { kind: 'restore-failed' }, detail: 'no' } });
    expect(ledger.lastFailures()).toEqual(['us-east-1/canary-0 changed, restore-failed: no']);
    ledger.amend(arn, { restore: restored });
    expect(ledger.lastFailures()).toEqual([]);
  });
});
