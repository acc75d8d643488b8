import { describe, expect, test } from 'vitest';
import type { TargetResult } from '../../src/rollout/outcome.js';
import {
  carryOut,
  concerns,
  type RevertOrder,
  type RevertSelection,
  selectForRevert,
} from '../../src/rollout/revert.js';
import { arnOf, changed, failed, target } from './builders.js';

const restored: TargetResult = { ...changed, restore: { outcome: { kind: 'restored' } } };
const stuck: TargetResult = { ...failed, restore: { outcome: { kind: 'restore-failed' } } };
const skipped: TargetResult = { outcome: { kind: 'skipped', reason: 'drifted' }, wrote: false };

const order = (changes: Partial<RevertOrder> = {}): RevertOrder => ({
  arn: arnOf('web-1'),
  reason: 'operator',
  detail: 'is taken back',
  count: true,
  restore: true,
  ...changes,
});

describe('an order to take a target back', () => {
  test.each<[string, TargetResult, { operator: boolean; unhealthy: boolean }]>([
    ['changed', changed, { operator: true, unhealthy: true }],
    ['failed after its write, and left as it is', { ...failed, wrote: true }, { operator: true, unhealthy: false }],
    ['failed before its write', { ...failed, wrote: false }, { operator: false, unhealthy: false }],
    ['restored', restored, { operator: false, unhealthy: false }],
    ['not restored, though that was tried', { ...stuck, wrote: true }, { operator: true, unhealthy: false }],
    ['skipped', skipped, { operator: false, unhealthy: false }],
  ])('of one that is %s', (_, result, concerned) => {
    expect({
      operator: concerns(order(), result),
      unhealthy: concerns(order({ reason: 'unhealthy' }), result),
    }).toEqual(concerned);
  });

  test.each<[string, RevertOrder, TargetResult, Partial<TargetResult>]>([
    [
      'fails it, once',
      order({ reason: 'unhealthy', detail: 'impaired' }),
      changed,
      { outcome: { kind: 'failed', reason: 'unhealthy' }, detail: 'impaired' },
    ],
    [
      "says who took it back where it doesn't count",
      order({ count: false, detail: 'by ops' }),
      changed,
      {
        outcome: { kind: 'changed' },
        detail: 'by ops',
      },
    ],
    ['leaves a failure as it is', order({ detail: 'by ops' }), failed, failed],
  ])('%s', (_, given, result, after) => {
    expect(carryOut(given, result)).toMatchObject(after);
  });
});

describe('targets to take back are named', () => {
  const east = target('web-1');
  const west = target('web-1', { arn: arnOf('web-1', 'eu-west-1') });
  const results: Record<string, TargetResult> = {
    'web-2': changed,
    'web-3': skipped,
    'web-4': restored,
  };
  const targets = [east, west, ...['web-2', 'web-3', 'web-4', 'web-5', 'web-6'].map((name) => target(name))];
  const select = (selection: RevertSelection) => {
    const books = { targets: () => targets, resultOf: (arn: string) => results[arn.split('/')[1] ?? ''] };
    const isRunning = (arn: string) => arn.endsWith('web-1') || arn.endsWith('web-5');
    const chosen = selectForRevert(selection, books, isRunning);
    return 'refusal' in chosen ? chosen.refusal : chosen.targets.map(({ arn }) => arn);
  };

  test.each<[string, RevertSelection, string | string[]]>([
    ['by name', { names: ['web-2'] }, [arnOf('web-2')]],
    ['by region and name', { names: ['eu-west-1/web-1'] }, [west.arn]],
    ['by ARN', { arns: [east.arn] }, [east.arn]],
    ['twice, which is once', { names: ['web-2'], arns: [arnOf('web-2')] }, [arnOf('web-2')]],
    ['while they are in the running batch', { names: ['web-5'] }, [arnOf('web-5')]],
    ['though they are back already', { names: ['web-4'] }, [arnOf('web-4')]],
    ['not at all', {}, 'Name the targets to revert: names or arns.'],
    ['by a name that is none', { names: ['web-2', 'wbe-2'] }, '"wbe-2" is no target of this rollout.'],
    [
      'by a name that is two targets',
      { names: ['web-1'] },
      '"web-1" is 2 targets: name them as us-east-1/web-1, eu-west-1/web-1.',
    ],
    ['before they are changed', { names: ['web-6'] }, 'us-east-1/web-6 has not been changed yet.'],
    [
      'though they were left alone',
      { names: ['web-3'] },
      'us-east-1/web-3 was not changed by this rollout, so there is nothing to take back.',
    ],
  ])('%s', (_, selection, answer) => {
    expect(select(selection)).toEqual(answer);
  });
});
