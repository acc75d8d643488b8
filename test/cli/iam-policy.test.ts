import { randomInt } from 'node:crypto';
import { expect, it } from 'vitest';
import type { IamPolicy } from '../../src/rollout/iam-policy.js';
import { startFleet } from './processes.js';
import { parseJson, runCommand, serverFlags, temporaryFile } from './support.js';

const WILDCARD = 'arn:aws:lightsail:*:*:Instance/*';

async function policyOf(...args: string[]): Promise<IamPolicy> {
  const end = await runCommand(['iam-policy', ...args]);
  expect(end).toMatchObject({ code: 0, stderr: '' });
  return parseJson(end) as IamPolicy;
}

const actionsOf = ({ Statement }: IamPolicy) => Statement.flatMap(({ Action }) => Action).sort();

it('allows exactly what a rollout and its way back send, and what an audit sends', async () => {
  const other = String(randomInt(100_000_000_000, 999_999_999_999));
  const fleet = await startFleet({
    count: 3,
    // So that changes are read one by one, as they may be: a list of one page would do for all of them.
    pageSize: 1,
    otherAccounts: [{ id: other, roles: [{ name: 'imds-rollout' }] }],
  });
  const role = `arn:aws:iam::${other}:role/imds-rollout`;
  const config = await temporaryFile('worker.json', JSON.stringify({ accounts: { [other]: { role } } }));
  await fleet.startWorker('--config', config);
  const spec = await fleet.spec({
    stages: [{ name: 'all', size: 'rest' }],
    targets: { accounts: [fleet.account, other], regions: 'all' },
  });
  const sent = async () =>
    [...new Set((await fleet.calls()).flatMap(({ operation }) => actionOf(operation ?? '')))].sort();
  const audit = await runCommand(['audit', spec, '--usage', '--config', config], { env: fleet.env });
  expect(audit).toMatchObject({ code: 0 });
  expect(actionsOf(await policyOf('--mode', 'audit', '--config', config))).toEqual(await sent());
  expect(await runCommand(['start', spec, '--wait', ...fleet.startFlags])).toMatchObject({ code: 0 });
  expect(await runCommand(['rollback', fleet.name, '--wait', '--yes', ...serverFlags()])).toMatchObject({ code: 0 });
  const policy = await policyOf('--config', config);
  expect(actionsOf(policy)).toEqual(await sent());
  expect(policy.Statement.at(-1)).toMatchObject({ Action: ['sts:AssumeRole'], Resource: role });
});

/** GetCallerIdentity needs no permission (its API reference). */
function actionOf(operation: string): string[] {
  if (operation === 'GetCallerIdentity') return [];
  return [`${operation === 'AssumeRole' ? 'sts' : 'lightsail'}:${operation}`];
}

it('narrows changes to regions, an account and a tag', async () => {
  const { Statement } = await policyOf();
  expect(Statement[1]).toMatchObject({ Resource: WILDCARD });
  const narrow = await policyOf(
    '--regions',
    'us-east-1,eu-west-1',
    '--account',
    '111122223333',
    '--tag-condition',
    'env=prod',
  );
  expect(narrow.Statement[1]).toMatchObject({
    Action: ['lightsail:UpdateInstanceMetadataOptions'],
    Resource: [
      'arn:aws:lightsail:us-east-1:111122223333:Instance/*',
      'arn:aws:lightsail:eu-west-1:111122223333:Instance/*',
    ],
    Condition: { StringEquals: { 'aws:ResourceTag/env': 'prod' } },
  });
});

it.each([
  [['--account', '12'], 'the 12 digits'],
  [['--tag-condition', 'env'], 'a tag such as env=prod'],
  [['--mode', 'all'], 'Allowed choices are audit, rollout'],
])('refuses %j', async (args, says) => {
  const end = await runCommand(['iam-policy', ...args]);
  expect(end).toMatchObject({ code: 2, stdout: '' });
  expect(end.stderr).toContain(says);
});
