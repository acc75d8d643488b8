import { expect, test } from 'vitest';
import { fleet, input, planOf, refusalOf } from './builders.js';

test('a selection that holds no instance is most likely a mistake, and is said', () => {
  expect(planOf({ targets: { regions: ['us-east-1'] } }, []).warnings).toEqual([
    'There is no instance in us-east-1: nothing is changed, and nothing is protected.',
  ]);
  const targets = { regions: ['us-east-1'], include: { tags: { env: 'prdo' } } };
  expect(planOf({ targets }, []).warnings).toEqual([
    'There is no instance that targets.include and targets.exclude select in us-east-1: nothing is changed, and nothing is protected.',
  ]);
});

test('an override and a waiver that match nothing are said, those that match are not', () => {
  const overrides = [
    { match: { names: ['*'] }, options: { httpPutResponseHopLimit: 2 } },
    { match: { names: ['zzz'] }, options: { httpPutResponseHopLimit: 2 } },
  ];
  const exceptions = [{ names: ['webx-1'], reason: 'old agent' }];
  const { warnings } = planOf({ overrides, exceptions }, fleet(2));
  expect(warnings).toContain('overrides[1] matches no instance.');
  expect(warnings).toContain('exceptions[0] (webx-1) matches no instance.');
  expect(warnings.filter((warning) => warning.includes('matches no instance'))).toHaveLength(2);
});

test('a typo in a value is met with the value that was meant', () => {
  expect(refusalOf(input({ options: { httpTokens: 'requierd' } }))).toBe(
    'options.httpTokens: must be optional or required: did you mean "required"?',
  );
});
