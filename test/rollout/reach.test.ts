import { describe, expect, test } from 'vitest';
import {
  accountOfCaller,
  accountsOf,
  describePlace,
  describeReach,
  describeUnused,
  whyUnused,
} from '../../src/rollout/reach.js';

test.each([
  [{ regions: ['us-east-1', 'eu-west-1'] }, 'us-east-1, eu-west-1'],
  [{ regions: 'all' as const, accounts: ['111122223333'] }, 'all regions of account 111122223333'],
  [
    { regions: ['us-east-1'], accounts: ['111122223333', '444455556666'] },
    'us-east-1 of accounts 111122223333, 444455556666',
  ],
])('%o is called %s', (reach, says) => {
  expect(describeReach(reach)).toBe(says);
});

test('a place has its account where one was named', () => {
  expect(describePlace({ region: 'us-east-1' })).toBe('us-east-1');
  expect(describePlace({ region: 'us-east-1', account: '111122223333' })).toBe('us-east-1 of account 111122223333');
});

test("without accounts it is the worker's own that is looked into", () => {
  expect(accountsOf({ regions: 'all' })).toEqual([undefined]);
  expect(accountsOf({ regions: 'all', accounts: ['111122223333'] })).toEqual(['111122223333']);
});

describe('a region that can hold nothing', () => {
  test.each([
    ['OptInRequired', 'not opted in'],
    ['RegionSetupInProgressException', 'still being set up'],
    ['AccessDeniedException', undefined],
    ['UnrecognizedClientException', undefined],
  ])('is one that answers %s: %s', (error, why) => {
    expect(whyUnused(error)).toBe(why);
  });

  test('is named with the others that are passed over for the same reason', () => {
    const account = '111122223333';
    expect(
      describeUnused([
        { region: 'ap-southeast-3', why: 'not opted in' },
        { region: 'eu-west-2', account, why: 'not opted in' },
        { region: 'af-south-1', why: 'not opted in' },
      ]),
    ).toEqual([
      'Passed over, as not opted in: ap-southeast-3, af-south-1.',
      'Passed over, as not opted in, of account 111122223333: eu-west-2.',
    ]);
  });
});

test('the account of a caller is in the ARN of a user or a role, and nowhere else', () => {
  expect(accountOfCaller('arn:aws:sts::111122223333:assumed-role/imds/worker')).toBe('111122223333');
  expect(accountOfCaller('arn:aws:iam::111122223333:user/ann')).toBe('111122223333');
  for (const other of [undefined, null, 'arn:aws:lightsail:us-east-1:111122223333:Instance/1'])
    expect(accountOfCaller(other)).toBeUndefined();
});
