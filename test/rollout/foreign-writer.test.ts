import { describe, expect, test } from 'vitest';
import {
  describeChangedElsewhere,
  describeForeignUpdates,
  describeUnknownWriters,
  type TargetEnd,
} from '../../src/rollout/foreign-writer.js';
import { ACCOUNT, instance } from './builders.js';

const end = (name: string, result: TargetEnd['result']): TargetEnd => ({ target: instance(name), result });
const SCOPE = { account: ACCOUNT, region: 'us-east-1' };
const CHANGED: TargetEnd['result'] = { outcome: { kind: 'changed' }, wrote: true };

describe('a target of a stage', () => {
  const warns = (result: TargetEnd['result'], wasReset = false) =>
    describeChangedElsewhere([end('web-1', result)], { wasReset }).length > 0;

  test.each<[string, TargetEnd['result'], boolean]>([
    ['that this rollout has changed', CHANGED, false],
    ['that has failed', { outcome: { kind: 'failed', reason: 'deadline' }, wrote: true }, false],
    ['that was not begun', { outcome: { kind: 'skipped', reason: 'not-started' }, wrote: false }, false],
    ['of which nothing is known', undefined, false],
    ['that is gone', { outcome: { kind: 'gone' }, wrote: true }, false],
    [
      'that was as wanted already, though the plan had found otherwise',
      { outcome: { kind: 'compliant' }, wrote: false },
      true,
    ],
    ['that had other values than in the plan', { outcome: { kind: 'skipped', reason: 'drifted' }, wrote: false }, true],
    ['that has other values at the end', { outcome: { kind: 'drifted' }, wrote: true }, true],
    ['that has its old values at the end', { outcome: { kind: 'failed', reason: 'reverted' }, wrote: true }, true],
    [
      'that could not go back, having other values',
      {
        outcome: { kind: 'failed', reason: 'deadline' },
        wrote: true,
        restore: { outcome: { kind: 'drifted' } },
      },
      true,
    ],
  ])('%s: a warning is %s', (_, result, isWarned) => {
    expect(warns(result)).toBe(isWarned);
  });

  test('that an earlier run of a reset rollout may have changed is no warning', () => {
    expect(warns({ outcome: { kind: 'compliant' }, wrote: false }, true)).toBe(false);
  });
});

test('values that something else has changed are named, with what a lease can not do', () => {
  const drifted: TargetEnd['result'] = { outcome: { kind: 'drifted' }, wrote: true };
  const ends = [end('web-2', drifted), end('web-1', drifted), end('web-3', CHANGED)];
  expect(describeChangedElsewhere(ends, { wasReset: false })).toEqual([
    expect.stringMatching(
      /^Something else changed 2 targets while the rollout ran: us-east-1\/web-1, us-east-1\/web-2\. .*Temporal namespace/,
    ),
  ]);
});

describe('Updates that the API lists', () => {
  const others = (names: readonly string[], ...ends: TargetEnd[]) =>
    describeForeignUpdates(SCOPE, names, ends).map((line) => /ran: (.*?)\. /.exec(line)?.[1]);

  test('of instances that this rollout has written to are its own', () => {
    expect(others(['web-1', 'web-2'], end('web-1', CHANGED), end('web-2', undefined))).toEqual([]);
  });

  test('of any others are named', () => {
    const left = end('web-2', { outcome: { kind: 'compliant' }, wrote: false });
    expect(others(['web-9', 'web-2', 'web-1'], end('web-1', CHANGED), left)).toEqual(['web-2, web-9']);
  });

  test('of a namesake in another region are not its own', () => {
    const elsewhere = { target: instance('web-1', { region: 'eu-west-1' }), result: CHANGED };
    expect(others(['web-1'], elsewhere)).toEqual(['web-1']);
  });

  test('that can not be read, or not all, are not taken for none', () => {
    expect(describeUnknownWriters(SCOPE, 'AccessDeniedException: no')).toMatch(
      /us-east-1.*isn't known \(AccessDeniedException: no\)\. Allow lightsail:GetOperations/,
    );
    expect(describeUnknownWriters(SCOPE, undefined)).toMatch(/isn't known: it has more operations than are read/);
  });
});
