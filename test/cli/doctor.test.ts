import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger, Worker } from '@temporalio/worker';
import { expect, it, onTestFinished } from 'vitest';
import { temporal } from '../support/temporal.js';
import { until } from '../support/wait.js';
import { startFleet } from './processes.js';
import { parseJson, runCommand, serverFlags, temporaryFile } from './support.js';

it('finds all well where all is well, and writes nothing', async () => {
  const fleet = await startFleet({ count: 2 });
  await fleet.startWorker();
  const flags = ['--regions', 'us-east-1', '--task-queue', fleet.taskQueue, ...serverFlags()];
  const end = await runCommand(['doctor', ...flags], { env: fleet.env });
  expect(end).toMatchObject({ code: 0, stderr: '' });
  expect(end.stdout).toMatch(new RegExp(`✔ us-east-1: 2 instances in account ${fleet.account}`));
  expect(end.stdout).toMatch(
    /✔ allowed: lightsail:GetInstance, lightsail:GetInstanceMetricData, lightsail:GetOperations, lightsail:GetRegions\n! lightsail:UpdateInstanceMetadataOptions was not tried/,
  );
  expect(end.stdout).toMatch(/✔ AWS credentials of arn:aws:iam::\d+:user\/simulator, account \d+\n✔ the clock agrees/);
  expect(end.stdout).toMatch(/! histories are kept for 1d after the end[\s\S]*→ keep an undo file/);
  expect(end.stdout).toMatch(
    /✔ 1 worker on task queue cli-\S+, version \d+\.\d+[\s\S]*✔ 1 worker on task queue cli-.*-control, version/,
  );
  expect(await fleet.calls('UpdateInstanceMetadataOptions')).toEqual([]);
});

it('names a region that may not be read, a missing permission and a missing worker, each with the remedy', async () => {
  const fleet = await startFleet({
    fleet: ['us-east-1', 'eu-west-1'].map((region) => ({ region, prefix: 'web-', count: 1 })),
    faults: [
      { operation: 'GetInstances', region: 'eu-west-1', effect: { error: 'AccessDeniedException' } },
      { operation: 'GetInstance', effect: { error: 'AccessDeniedException' } },
    ],
  });
  const flags = ['--regions', 'us-east-1,eu-west-1', '--task-queue', fleet.taskQueue, '--json', ...serverFlags()];
  const end = await runCommand(['doctor', ...flags], { env: fleet.env });
  expect(end.code).toBe(2);
  // Schedules of other tests may be in the namespace.
  const { findings } = parseJson(end) as { findings: { check: string }[] };
  expect(findings.filter(({ check }) => check !== 'schedule')).toMatchObject([
    { check: 'credentials', state: 'ok' },
    { check: 'clock', state: 'ok' },
    { check: 'region', state: 'ok' },
    {
      check: 'region',
      state: 'failure',
      what: expect.stringContaining("eu-west-1 can't be read"),
      remedy: expect.stringContaining('iam-policy'),
    },
    { check: 'permission', state: 'ok' },
    {
      check: 'permission',
      state: 'failure',
      what: expect.stringContaining('lightsail:GetInstance of us-east-1/web-1'),
    },
    { check: 'permission', state: 'warning' },
    { check: 'temporal', state: 'ok' },
    {
      check: 'one-writer',
      state: 'ok',
      what: expect.stringContaining('of another namespace or server are not seen'),
    },
    { check: 'retention', state: 'warning' },
    { check: 'worker', state: 'failure', remedy: expect.stringContaining(`--task-queue ${fleet.taskQueue}`) },
    { check: 'worker', state: 'failure' },
  ]);
});

it('says what to do where there is no server and there are no credentials', async () => {
  const end = await runCommand(['doctor', '--regions', 'us-east-1', '--address', '127.0.0.1:1']);
  expect(end.code).toBe(2);
  expect(end.stdout).toMatch(/✘ no AWS credentials[\s\S]*→ set AWS_PROFILE/);
  expect(end.stdout).toMatch(/✘ No Temporal server answers at 127.0.0.1:1[\s\S]*→ .*temporal server start-dev/);
});

it('looks at each account with the role of the configuration, and names the one that can not be reached', async () => {
  const [good, bad] = ['444455556666', '777788889999'];
  const fleet = await startFleet({
    fleet: [{ account: good, region: 'us-east-1', prefix: 'web-', count: 1 }],
    otherAccounts: [good, bad].map((id) => ({ id, roles: [{ name: 'imds-rollout', externalId: 'KEEP0UT' }] })),
  });
  const roleOf = (account: string) => `arn:aws:iam::${account}:role/imds-rollout`;
  const accounts = { [good]: { role: roleOf(good), externalId: 'KEEP0UT' }, [bad]: { role: roleOf(bad) } };
  const config = await temporaryFile('worker.json', JSON.stringify({ accounts }));
  const flags = ['--accounts', `${good},${bad}`, '--regions', 'us-east-1', '--config', config];
  const end = await runCommand(['doctor', ...flags, ...serverFlags()], { env: fleet.env });
  expect(end.code).toBe(2);
  expect(end.stdout).toMatch(/✔ AWS credentials of arn:aws:sts::444455556666:assumed-role\/imds-rollout\//);
  expect(end.stdout).toMatch(/✘ no AWS credentials for account 777788889999 \(AccessDenied: .* can't be assumed/);
  expect(end.stdout).toMatch(/✔ us-east-1 of account 444455556666: 1 instance\n/);
  expect(end.stdout).toMatch(/✘ us-east-1 of account 777788889999 can't be read/);
  expect(`${end.stdout}${end.stderr}`).not.toContain('KEEP0UT');
});

it('names a schedule that is paused, and none of others', async () => {
  const fleet = await startFleet({ count: 1 });
  const client = await temporal().client();
  for (const [id, workflowType] of [
    [`hourly-${fleet.account}`, 'imdsRollout'],
    [`other-${fleet.account}`, 'somethingElse'],
  ] as const) {
    const schedule = await client.schedule.create({
      scheduleId: id,
      spec: { intervals: [{ every: '30d' }] },
      action: { type: 'startWorkflow', workflowType, taskQueue: fleet.taskQueue },
      state: { paused: true, note: 'while we look' },
    });
    onTestFinished(() => schedule.delete());
  }
  // The server lists a schedule some time after it was made.
  await until(async () => {
    const end = await runCommand(['doctor', '--regions', 'us-east-1', ...serverFlags()], { env: fleet.env });
    expect(end.stdout).toMatch(
      new RegExp(`! schedule hourly-${fleet.account} is paused \\(while we look\\)[\\s\\S]*--unpause`),
    );
    expect(end.stdout).not.toContain(`other-${fleet.account}`);
  });
});

it('a rollout on workers that lack its workflows: doctor and status name the task that keeps failing', async () => {
  const fleet = await startFleet({ count: 1 });
  const client = await temporal().client();
  const workflowsPath = fileURLToPath(new URL('../fixtures/clocked-workflows.ts', import.meta.url));
  const worker = await Worker.create({
    connection: await temporal().nativeConnection(),
    namespace: temporal().namespace,
    taskQueue: fleet.taskQueue,
    workflowBundle: await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('ERROR') }),
  });
  const workflowId = `forgotten-${fleet.account}`;
  const rollout = await client.workflow.start('imdsRollout', { workflowId, taskQueue: fleet.taskQueue, args: [{}] });
  await worker.runUntil(async () => {
    const failing = new RegExp(
      `workflow task of imdsRollout ${workflowId} keeps failing \\(\\d+ attempts\\): [\\s\\S]*'imdsRollout'[\\s\\S]*export \\* from 'lightsail-imds-rollout/workflows'`,
    );
    const flags = serverFlags();
    await until(async () => {
      const examined = await runCommand(
        ['doctor', '--regions', 'us-east-1', '--task-queue', fleet.taskQueue, ...flags],
        { env: fleet.env },
      );
      expect(examined.stdout.replaceAll(/\s+/g, ' ')).toMatch(failing);
      expect(examined.code).toBe(5);
    });
    const status = await runCommand(['status', workflowId, ...flags]);
    expect(status.code).toBe(5);
    expect(status.stderr).toMatch(failing);
    await rollout.terminate();
  });
});
