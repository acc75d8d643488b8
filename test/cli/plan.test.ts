import { readFile, rm } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { waitUntil } from '../support/wait.js';
import { createWorld, type World } from '../support/world.js';
import { parseJson, runCommand, serverFlags, specFile, temporaryFile } from './support.js';

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

const THREE_STAGES = {
  stages: [
    { name: 'canary', size: 1 },
    { name: 'early', size: 2 },
    { name: 'rest', size: 'rest' },
  ],
};

it.each([
  ['--only', 'web-2,us-east-1/web-4', ['web-2', 'web-4'], '3 instances left out: not among those named in only'],
  ['--limit', '2', ['web-1', 'web-2'], '3 instances left out: beyond the limit of 2'],
  ['--until', 'early', ['web-1', 'web-2', 'web-3'], '2 instances left out: stage rest comes after early'],
])('shows a part of the plan with %s %s, and how many it leaves out', async (flag, value, planned, said) => {
  const world = await createWorld({ worker: false, fleet: 5 });
  const spec = await specFile(world.spec(THREE_STAGES));
  const shown = await runCommand(['plan', spec, flag, value], { env: world.simulator.env });
  expect(shown).toMatchObject({ code: 0, stderr: '' });
  expect(shown.stdout.match(/web-\d+(?= {2}httpTokens)/g)).toEqual(planned);
  expect(shown.stdout).toContain(said);
});

it.each([
  [['--until', 'erly'], /--until: must be a stage of the spec, did you mean "early"\?/],
  [['--only', 'web-1,web-9'], /"web-9" is no instance of the selection/],
  [['--only', 'web-1,,web-2'], /commas/],
  [['--limit', '0'], /at least 1/],
  [['--task-queue', 'mine'], /--task-queue: add --remote/],
  [['-o', '/'], /\/ can't be written \(it is no file\)/],
  [['-o', '/no/such/folder/plan.json'], /can't be written/],
  [['--format', 'html'], /text, markdown/],
])('refuses %j with what is allowed', async (flags, why) => {
  const world = await createWorld({ worker: false });
  const spec = await specFile(world.spec(THREE_STAGES));
  const end = await runCommand(['plan', spec, ...flags], { env: world.simulator.env });
  expect(end).toMatchObject({ code: 2, stdout: '' });
  expect(end.stderr).toMatch(why);
});

/** A command that looks for workers is quicker here than a worker's first poll. */
function polled({ client, taskQueue, temporal: { namespace } }: World): Promise<void> {
  return waitUntil('a worker polls', async () => {
    const { pollers } = await client.workflowService.describeTaskQueue({
      namespace,
      taskQueue: { name: taskQueue },
      taskQueueType: 1,
    });
    return (pollers ?? []).length > 0;
  });
}

it('is the same from a worker, without AWS credentials here', async () => {
  const world = await createWorld({ fleet: 5 });
  await polled(world);
  const spec = await specFile(world.spec(THREE_STAGES));
  const local = await runCommand(['plan', spec, '--limit', '3', '--json'], { env: world.simulator.env });
  const flags = ['--remote', '--limit', '3', '--json', '--task-queue', world.taskQueue, ...serverFlags()];
  const remote = await runCommand(['plan', spec, ...flags]);
  expect(remote).toMatchObject({ code: 0 });
  expect(parseJson(remote)).toEqual(parseJson(local));
  expect(world.updates()).toEqual([]);
});

it('tells where a worker makes no plan, and where there is none', async () => {
  const world = await createWorld({ fleet: 2 });
  await polled(world);
  const spec = await specFile(world.spec());
  const failing = ['plan', spec, '--remote', '--only', 'web-9', ...serverFlags(), '--json'];
  const failed = await runCommand([...failing, '--task-queue', world.taskQueue]);
  expect(failed.code).toBe(2);
  expect(parseJson(failed)).toMatchObject({ error: { type: 'PlanFailed', message: expect.stringContaining('web-9') } });
  const none = await runCommand([...failing, '--task-queue', `${world.taskQueue}-none`]);
  expect(none.code).toBe(5);
  expect(parseJson(none)).toMatchObject({ error: { type: 'NoWorker' } });
});

it('keeps with -o what --json prints, over nothing but another plan', async () => {
  const world = await createWorld({ worker: false });
  const { env } = world.simulator;
  const spec = await specFile(world.spec());
  const file = await temporaryFile('plan.json', 'notes of mine');
  const refused = await runCommand(['plan', spec, '-o', file], { env });
  expect(refused).toMatchObject({ code: 2 });
  expect(refused.stderr).toMatch(/plan\.json is there already and is no plan/);
  expect(await readFile(file, 'utf8')).toBe('notes of mine');
  expect(world.simulator.state.calls({ operation: 'GetInstances' })).toEqual([]);

  await rm(file);
  expect(await runCommand(['plan', spec, '-o', file], { env })).toMatchObject({ code: 0 });
  const again = await runCommand(['plan', spec, '--limit', '2', '-o', file, '--json'], { env });
  expect(again).toMatchObject({ code: 0, stderr: expect.stringContaining(`--plan ${file}`) });
  const kept: unknown = JSON.parse(await readFile(file, 'utf8'));
  expect(kept).toEqual(parseJson(again));
  expect(kept).toMatchObject({ name: world.spec().name, bounds: { limit: 2 }, counts: { changes: 2, skipped: 3 } });
});

it('is Markdown for a pull request, and nothing of the fleet is markup in it', async () => {
  const world = await createWorld({ worker: false, fleet: 25 });
  world.patch('web-3', { tags: { 'imds-rollout': 'skip' } });
  world.patch('web-4', { metadataOptions: { httpTokens: 'required' } });
  const exceptions = [{ names: ['web-5'], reason: 'an <img> | of *mine*' }];
  const spec = await specFile(world.spec({ exceptions }));
  const shown = await runCommand(['plan', spec, '--format', 'markdown'], { env: world.simulator.env });
  expect(shown).toMatchObject({ code: 0, stderr: '' });
  expect(shown.stdout.split('\n')).toEqual(
    expect.arrayContaining([
      `## Plan of ${world.spec().name}: 22 changes`,
      '| stage | instances | of all by its end | at a time | then |',
      '| canary | 1 | 5 % | 10 | a bake of 50ms |',
      '| rest | 21 | 100 % | 10 |  |',
      '### canary',
      '| us-east-1/web-1 | httpTokens optional → required |',
      '<details><summary>21 instances</summary>',
      '| us-east-1/web-3 | skipped(opted-out) |  |',
      '| us-east-1/web-5 | blocked(waived) | an \\<img\\> \\| of \\*mine\\* |',
      '- 1 instance already as asked',
    ]),
  );
  expect(shown.stdout).toMatch(/^Plan hash `[0-9a-f]{64}`$/m);
});
