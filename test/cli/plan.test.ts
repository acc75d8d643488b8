import { expect, it } from 'vitest';
import { createWorld } from '../support/world.js';
import { parseJson, runCommand, specFile } from './support.js';

it('shows the change of every instance by stage, and those left alone with the reason; and changes nothing', async () => {
  const world = await createWorld({ worker: false, fleet: 25 });
  const { simulator, account } = world;
  simulator.state.patchInstance(
    { account, region: 'us-east-1', name: 'web-3' },
    { metadataOptions: { httpTokens: 'required' } },
  );
  simulator.state.patchInstance({ account, region: 'us-east-1', name: 'web-4' }, { tags: { 'imds-rollout': 'skip' } });
  const spec = await specFile(world.spec());

  const shown = await runCommand(['plan', spec], { env: simulator.env });
  expect(shown).toMatchObject({ code: 0, stderr: '' });
  expect(shown.stdout).toMatch(/23 changes over 25 instances in 1 region/);
  expect(shown.stdout).toMatch(/^canary {2}1 instance,.*\n {2}us-east-1\/web-1 {2}httpTokens optional → required$/m);
  expect(shown.stdout).toMatch(/us-east-1\/web-4 {2}skipped\(opted-out\)/);

  const json = await runCommand(['plan', spec, '--json'], { env: simulator.env });
  expect(parseJson(json)).toMatchObject({
    hash: expect.stringMatching(/^[0-9a-f]{64}$/),
    counts: { instances: 25, changes: 23, compliant: 1, skipped: 1, blocked: 0 },
    stages: [{ name: 'canary', targets: [{ account, region: 'us-east-1', name: 'web-1' }] }, { name: 'rest' }],
  });
  expect(simulator.state.calls({ operation: 'UpdateInstanceMetadataOptions' })).toEqual([]);
});

it('names the region that is denied, and plans nothing of the others', async () => {
  const world = await createWorld({ worker: false, regions: ['us-east-1', 'eu-west-1'] });
  world.simulator.state.addFault({
    operation: 'GetInstances',
    region: 'eu-west-1',
    effect: { error: 'AccessDeniedException' },
  });
  const end = await runCommand(['plan', await specFile(world.spec())], { env: world.simulator.env });
  expect(end).toMatchObject({ code: 2, stdout: '' });
  expect(end.stderr).toMatch(/eu-west-1 can't be read: AccessDeniedException/);
  expect(end.stderr).not.toMatch(/us-east-1/);
});

it('survives a fault of the service that passes, and tells one that does not from bad input', async () => {
  const world = await createWorld({ worker: false });
  const spec = await specFile(world.spec());
  world.simulator.state.addFault({ operation: 'GetInstances', times: 2, effect: { error: 'ServiceException' } });
  expect(await runCommand(['plan', spec], { env: world.simulator.env })).toMatchObject({ code: 0 });
  world.simulator.state.addFault({ operation: 'GetInstances', effect: { error: 'ServiceException' } });
  expect(await runCommand(['plan', spec], { env: world.simulator.env })).toMatchObject({ code: 1, stdout: '' });
});

it('says what to do where there are no credentials, and shows none of those it has', async () => {
  const world = await createWorld({ worker: false });
  const spec = await specFile(world.spec());
  const none = await runCommand(['plan', spec, '--json'], { env: { HOME: '/nonexistent' } });
  expect(none.code).toBe(2);
  expect(parseJson(none)).toMatchObject({
    error: { type: 'RegionUnreadable', message: expect.stringMatching(/AWS_PROFILE/) },
  });

  const wrong = { ...world.simulator.env, AWS_ACCESS_KEY_ID: 'AKIAUNKNOWN0000000001' };
  const refused = await runCommand(['plan', spec, '--debug'], { env: wrong });
  expect(refused.code).toBe(2);
  expect(refused.stderr).not.toContain('AKIAUNKNOWN0000000001');
  expect(refused.stderr).not.toContain(world.simulator.env.AWS_SECRET_ACCESS_KEY);
});

it('refuses a stage whose match selects nothing in the fleet', async () => {
  const world = await createWorld({ worker: false });
  const stages = [
    { name: 'api', size: 1, match: { names: ['api-*'] } },
    { name: 'rest', size: 'rest' },
  ];
  const end = await runCommand(['plan', await specFile(world.spec({ stages }))], { env: world.simulator.env });
  expect(end).toMatchObject({ code: 2, stdout: '' });
  expect(end.stderr).toMatch(/stage "api" selects no instance/);
});
