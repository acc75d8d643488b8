import { expect, it } from 'vitest';
import { startFleet } from './processes.js';
import { parseJson, runCommand, serverFlags } from './support.js';

it('finds all well where all is well, and writes nothing', async () => {
  const fleet = await startFleet({ count: 2 });
  await fleet.startWorker();
  const flags = ['--regions', 'us-east-1', '--task-queue', fleet.taskQueue, ...serverFlags()];
  const end = await runCommand(['doctor', ...flags], { env: fleet.env });
  expect(end).toMatchObject({ code: 0, stderr: '' });
  expect(end.stdout).toMatch(new RegExp(`✔ us-east-1: 2 instances in account ${fleet.account}`));
  expect(end.stdout).toMatch(
    /✔ lightsail:GetInstance is allowed\n! lightsail:UpdateInstanceMetadataOptions was not tried/,
  );
  expect(end.stdout).toMatch(/! histories are kept for 1d after the end[\s\S]*→ keep an undo file/);
  expect(end.stdout).toMatch(/✔ 1 worker on task queue cli-[\s\S]*✔ 1 worker on task queue cli-.*-control/);
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
  expect(parseJson(end)).toMatchObject({
    findings: [
      { check: 'credentials', state: 'ok' },
      { check: 'region', state: 'ok' },
      {
        check: 'region',
        state: 'failure',
        what: expect.stringContaining("eu-west-1 can't be read"),
        remedy: expect.stringContaining('iam-policy'),
      },
      {
        check: 'permission',
        state: 'failure',
        what: expect.stringContaining('lightsail:GetInstance of us-east-1/web-1'),
      },
      { check: 'permission', state: 'warning' },
      { check: 'temporal', state: 'ok' },
      { check: 'retention', state: 'warning' },
      { check: 'worker', state: 'failure', remedy: expect.stringContaining(`--task-queue ${fleet.taskQueue}`) },
      { check: 'worker', state: 'failure' },
    ],
  });
});

it('says what to do where there is no server and there are no credentials', async () => {
  const end = await runCommand(['doctor', '--regions', 'us-east-1', '--address', '127.0.0.1:1']);
  expect(end.code).toBe(2);
  expect(end.stdout).toMatch(/✘ no AWS credentials[\s\S]*→ set AWS_PROFILE/);
  expect(end.stdout).toMatch(/✘ No Temporal server answers at 127.0.0.1:1[\s\S]*→ .*temporal server start-dev/);
});
