import { expect, test } from 'vitest';
import { iamPolicy } from '../../src/rollout/iam-policy.js';

const ROLE = 'arn:aws:iam::444455556666:role/imds';

test('an audit reads, and needs no word of single instances', () => {
  expect(iamPolicy({ mode: 'audit' }).Statement).toEqual([
    {
      Sid: 'ReadInstances',
      Effect: 'Allow',
      Action: ['lightsail:GetInstanceMetricData', 'lightsail:GetInstances', 'lightsail:GetRegions'],
      Resource: '*',
    },
  ]);
});

test('a rollout also reads single instances, and who else writes', () => {
  expect(iamPolicy({ mode: 'rollout' }).Statement[0]?.Action).toEqual([
    'lightsail:GetInstance',
    'lightsail:GetInstanceMetricData',
    'lightsail:GetInstances',
    'lightsail:GetOperations',
    'lightsail:GetRegions',
  ]);
});

test('a rollout changes instances of every account and region where none are named', () => {
  expect(iamPolicy({ mode: 'rollout' }).Statement.at(-1)).toEqual({
    Sid: 'ChangeMetadataOptions',
    Effect: 'Allow',
    Action: ['lightsail:UpdateInstanceMetadataOptions'],
    Resource: 'arn:aws:lightsail:*:*:Instance/*',
  });
});

test('it is narrowed to the scopes and the tag that are named, with the roles to assume', () => {
  const { Statement } = iamPolicy({
    mode: 'rollout',
    scopes: [{ region: 'us-east-1', account: '111122223333' }, { region: 'eu-west-1' }],
    roles: [ROLE],
    tag: { key: 'imds', value: 'managed' },
  });
  expect(Statement.map(({ Sid }) => Sid)).toEqual(['ReadInstances', 'ChangeMetadataOptions', 'ReachOtherAccounts']);
  expect(Statement[1]).toMatchObject({
    Resource: ['arn:aws:lightsail:us-east-1:111122223333:Instance/*', 'arn:aws:lightsail:eu-west-1:*:Instance/*'],
    Condition: { StringEquals: { 'aws:ResourceTag/imds': 'managed' } },
  });
  expect(Statement[2]).toMatchObject({ Action: ['sts:AssumeRole'], Resource: ROLE });
  expect(iamPolicy({ mode: 'audit', roles: [ROLE, `${ROLE}-2`] }).Statement[1]).toMatchObject({
    Resource: [ROLE, `${ROLE}-2`],
  });
});
