import { describe, expect, test } from 'vitest';
import type { FleetInstance } from '../../src/rollout/instance.js';
import type { Target } from '../../src/rollout/target.js';
import { coverageOf, verifyTarget } from '../../src/rollout/verify.js';
import { CLOSED, fleet, instance, OPEN, planOf, target, withoutOptions } from './builders.js';

const web = target('web');
const both = target('web', {
  before: { httpTokens: 'optional', httpPutResponseHopLimit: 1 },
  desired: { httpTokens: 'required', httpPutResponseHopLimit: 2 },
});
const closed = instance('web', { options: CLOSED });

describe('what the last sweep says of a changed target', () => {
  test.each<[string, Target, FleetInstance | undefined, FleetInstance | undefined, string | undefined, string?]>([
    ['as it was left', web, closed, closed, undefined],
    [
      'changed elsewhere in a field that was not asked for',
      web,
      instance('web', { options: { ...CLOSED, httpEndpoint: 'disabled' } }),
      undefined,
      undefined,
    ],
    [
      'back at its old values',
      web,
      instance('web'),
      undefined,
      'failed(reverted)',
      'after its change: httpTokens required → optional',
    ],
    [
      'back in every asked field',
      both,
      instance('web'),
      undefined,
      'failed(reverted)',
      'httpPutResponseHopLimit 2 → 1',
    ],
    [
      'back in one asked field only',
      both,
      instance('web', { options: { ...OPEN, httpPutResponseHopLimit: 2 } }),
      undefined,
      'drifted',
      'after its change: httpTokens required → optional',
    ],
    [
      'at a foreign value',
      both,
      instance('web', { options: { ...CLOSED, httpPutResponseHopLimit: 3 } }),
      undefined,
      'drifted',
      'httpPutResponseHopLimit 2 → 3',
    ],
    ['without readable options', web, withoutOptions(closed), undefined, 'drifted', 'can not be read'],
    [
      'in an unknown state, though the values are right',
      web,
      { ...withoutOptions(closed), options: CLOSED },
      undefined,
      'drifted',
      'can not be read',
    ],
    [
      'being changed again',
      web,
      instance('web', { options: CLOSED, optionsState: 'pending' }),
      undefined,
      'drifted',
      'being changed elsewhere',
    ],
    ['deleted', web, undefined, undefined, 'gone', 'deleted after its change'],
    [
      'deleted, and another made under its name',
      web,
      undefined,
      instance('web', { arn: 'arn:new' }),
      'replaced',
      'the name now belongs to arn:new',
    ],
  ])('%s', (_, given, found, namesake, outcome, detail = '') => {
    const finding = verifyTarget(given, found, namesake);
    const said =
      finding &&
      ('reason' in finding.outcome ? `${finding.outcome.kind}(${finding.outcome.reason})` : finding.outcome.kind);
    expect(said).toBe(outcome);
    if (finding !== undefined) expect(finding.detail).toContain(detail);
  });
});

test('coverage counts the selection as it stands, and what the plan has never seen', () => {
  const plan = planOf({}, [...fleet(2), instance('ok', { options: CLOSED })]);
  const now = [
    instance('web-0', { options: CLOSED }),
    instance('web-1'),
    instance('ok', { options: CLOSED }),
    withoutOptions(instance('dark')),
    instance('web-0', { region: 'eu-west-1' }),
  ];
  expect(coverageOf(plan, now)).toEqual({ total: 5, required: 2, optional: 2, unknown: 1, newSincePlan: 2 });
});
