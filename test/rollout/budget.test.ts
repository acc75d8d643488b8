import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { allowedFailures, budgetTrip, failuresLeft, provedNothing, type StageTally } from '../../src/rollout/budget.js';
import { spec } from './builders.js';

const policy = (failure: Readonly<Record<string, unknown>>) => spec({ failure }).failure;
const stage = (size: number, failed: number, more: Partial<StageTally> = {}): StageTally => ({
  name: 'canary',
  size,
  attempted: size,
  failed,
  late: 0,
  finished: false,
  ...more,
});

test.each<[max: unknown, size: number, allowed: number]>([
  [0, 10, 0],
  [2, 10, 2],
  [2, 1, 2],
  ['20%', 10, 2],
  ['20%', 9, 1],
  ['20%', 4, 0],
  ['100%', 7, 7],
  ['0%', 7, 0],
  ['0.57%', 10_000, 57],
  ['33.33%', 3, 0],
])('of max %s, a stage of %i may fail %i', (max, size, allowed) => {
  expect(allowedFailures(policy({ max }), size)).toBe(allowed);
});

describe('one over the budget stops, and not one sooner', () => {
  test.each<[failure: Readonly<Record<string, unknown>>, size: number, failed: number, trip: string | undefined]>([
    [{ max: 0 }, 10, 0, undefined],
    [{ max: 0 }, 10, 1, '1 of 10 targets of stage "canary" failed, 0 may'],
    [{ max: 2 }, 10, 2, undefined],
    [{ max: 2 }, 10, 3, '3 of 10 targets of stage "canary" failed, 2 may'],
    [{ max: '20%' }, 10, 2, undefined],
    [{ max: '20%' }, 10, 3, '3 of 10 targets of stage "canary" failed, 2 may'],
    [{ max: '20%' }, 4, 1, '1 of 4 targets of stage "canary" failed, 0 may'],
    [{ max: 5, maxTotal: 1 }, 10, 1, undefined],
    [{ max: 5, maxTotal: 1 }, 10, 2, '2 targets of the run failed, 1 may'],
    [{ max: 5, maxTotal: 0 }, 10, 1, '1 targets of the run failed, 0 may'],
  ])('%j: %i targets, %i failed', (failure, size, failed, trip) => {
    expect(budgetTrip(policy(failure), [stage(size, failed)])).toBe(trip);
  });
});

test('a percent budget is of the stage, not of the fleet: a small canary that burns stops the run', () => {
  const stages = [stage(2, 1), stage(998, 0, { name: 'rest', attempted: 0 })];
  expect(budgetTrip(policy({ max: '10%' }), stages)).toBe('1 of 2 targets of stage "canary" failed, 0 may');
});

test('failures of several stages add up to maxTotal', () => {
  const stages = [stage(10, 1), stage(10, 1, { name: 'early' }), stage(10, 1, { name: 'rest' })];
  expect(budgetTrip(policy({ max: 1, maxTotal: 3 }), stages)).toBeUndefined();
  expect(budgetTrip(policy({ max: 1, maxTotal: 2 }), stages)).toBe('3 targets of the run failed, 2 may');
});

describe('a stage in which every attempted target failed stops the run, whatever max says', () => {
  const generous = policy({ max: 100 });
  const said = (failed: number) => `every attempted target of stage "canary" failed (${failed})`;
  test.each<[string, StageTally, string | undefined]>([
    ['a canary of one', stage(1, 1, { finished: true }), said(1)],
    ['a canary of one that is still under way', stage(1, 1), undefined],
    ['all that were not skipped or blocked', stage(5, 2, { attempted: 2, finished: true }), said(2)],
    ['none attempted', stage(5, 0, { attempted: 0, finished: true }), undefined],
    ['one of two', stage(2, 1, { finished: true }), undefined],
    ['hosts of earlier stages that are found reverted', stage(2, 2, { late: 2, finished: true }), undefined],
    ['its own, beside hosts of earlier stages', stage(2, 4, { late: 2, finished: true }), said(2)],
  ])('%s', (_, tally, trip) => {
    expect(budgetTrip(generous, [tally])).toBe(trip);
  });
});

test.each<[failure: Readonly<Record<string, unknown>>, failed: number, inRun: number, left: number]>([
  [{ max: 2 }, 0, 0, 2],
  [{ max: 2 }, 2, 2, 0],
  [{ max: 2 }, 3, 3, -1],
  [{ max: 2, maxTotal: 1 }, 0, 0, 1],
  [{ max: 2, maxTotal: 1 }, 0, 1, 0],
  [{ max: 0, maxTotal: 5 }, 0, 4, 0],
  [{ max: '20%' }, 1, 1, 1],
])('%j with %i failed in the stage and %i in the run leaves %i', (failure, failed, inRun, left) => {
  expect(failuresLeft(policy(failure), stage(10, failed), inRun)).toBe(left);
});

test('a batch that counts more than what is left is one that trips the budget', () => {
  fc.assert(
    fc.property(
      fc.nat(5),
      fc.option(fc.nat(5), { nil: undefined }),
      fc.nat(5),
      fc.nat(5),
      (max, maxTotal, before, more) => {
        const failure = policy({ max, ...(maxTotal !== undefined && { maxTotal }) });
        const left = failuresLeft(failure, stage(20, before), before);
        const trips = budgetTrip(failure, [stage(20, before + more)]) !== undefined;
        expect(more > left).toBe(trips);
      },
    ),
  );
});

test.each([
  ['a canary that changed nothing', { size: 1, changed: 0, isLast: false }, true],
  ['a canary that changed something', { size: 3, changed: 1, isLast: false }, false],
  ['a stage without targets', { size: 0, changed: 0, isLast: false }, false],
  ['the last stage, after which there is nothing to prove anything for', { size: 3, changed: 0, isLast: true }, false],
])('proving nothing for the next stage: %s', (_, given, nothing) => {
  expect(provedNothing(given)).toBe(nothing);
});
