import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import type { PlanJson } from '../../src/cli/json/plan.js';
import { addChecksum } from '../../src/rollout/checksum.js';
import { each, names, tokensOf } from '../support/rollouts.js';
import { createWorld, type World } from '../support/world.js';
import { parseJson, runCommand, serverFlags, specFile, temporaryFile } from './support.js';

function start(world: World, spec: string, ...flags: readonly string[]) {
  const where = [...serverFlags(), '--task-queue', world.taskQueue, '--yes', '--wait'];
  return runCommand(['start', spec, ...where, ...flags], { env: world.simulator.env });
}

/** A file with the plan of now. */
async function keepPlan(world: World, spec: string, ...flags: readonly string[]): Promise<string> {
  const end = await runCommand(['plan', spec, '--json', ...flags], { env: world.simulator.env });
  return temporaryFile('plan.json', JSON.stringify(parseJson(end)));
}

it('changes only what the flags name, shows them first, and ends with 4 for the others', async () => {
  const world = await createWorld({ fleet: 4 });
  const spec = await specFile(world.spec());
  const end = await start(world, spec, '--only', 'web-2,us-east-1/web-3', '--limit', '1', '--until', 'rest');
  expect(end).toMatchObject({ code: 4 });
  expect(end.stdout).toMatch(/^ {2}only web-2, us-east-1\/web-3\n {2}at most 1 instance\n {2}up to stage rest$/m);
  expect(end.stdout).toMatch(/us-east-1\/web-4 +skipped\(left-out\) +not among those named in only/);
  expect(tokensOf(world)).toEqual({ ...each(names(4), 'optional'), 'web-2': 'required' });
});

it('carries out the plan that was kept, bounds included', async () => {
  const world = await createWorld({ fleet: 4 });
  const spec = await specFile(world.spec());
  const file = await keepPlan(world, spec, '--until', 'canary');
  const end = await start(world, spec, '--plan', file, '--json');
  expect(end).toMatchObject({ code: 4 });
  const { hash } = JSON.parse(await readFile(file, 'utf8'));
  expect(parseJson(end)).toMatchObject({ outcome: { result: { planHash: hash, counts: { changed: 1, skipped: 3 } } } });
  expect(tokensOf(world)).toEqual({ ...each(names(4), 'optional'), 'web-1': 'required' });
});

it.each<[string, (world: World) => void, RegExp]>([
  ['an instance fewer', (world) => world.remove('web-3'), /1 target fewer \(us-east-1\/web-3\)/],
  [
    'another one of the same name',
    (world) => void world.recreate('web-2'),
    /1 target more \(us-east-1\/web-2\); 1 target fewer/,
  ],
  [
    'one in another stage',
    (world) => world.patch('web-1', { metadataOptions: { httpTokens: 'required' } }),
    /1 target fewer \(us-east-1\/web-1\); 1 target changed \(us-east-1\/web-2\)/,
  ],
  [
    'one that is left alone for another reason',
    (world) => world.patch('web-4', { tags: {}, metadataOptions: { httpTokens: 'required' } }),
    /the targets are the same, but .* 1 instance changed \(us-east-1\/web-4\)/,
  ],
])('starts nothing where the plan has changed by %s, and says what', async (_, happen, difference) => {
  const world = await createWorld({ fleet: 4, worker: false });
  world.patch('web-4', { tags: { 'imds-rollout': 'skip' } });
  const spec = await specFile(world.spec());
  const file = await keepPlan(world, spec);
  happen(world);
  const end = await start(world, spec, '--plan', file, '--json');
  expect(end).toMatchObject({ code: 2 });
  expect(parseJson(end)).toMatchObject({ error: { type: 'PlanChanged', message: expect.stringMatching(difference) } });
});

it('starts nothing where the spec has changed since the plan', async () => {
  const world = await createWorld({ worker: false });
  const file = await keepPlan(world, await specFile(world.spec()));
  const end = await start(world, await specFile(world.spec({ concurrency: 3 })), '--plan', file);
  expect(end).toMatchObject({ code: 2, stdout: '' });
  expect(end.stderr).toMatch(/the instances are the same, but the spec has changed/);
});

it('lets the worker refuse a plan that can not be compared here', async () => {
  const world = await createWorld({ fleet: 3 });
  const spec = await specFile(world.spec());
  const file = await keepPlan(world, spec);
  world.patch('web-2', { metadataOptions: { httpTokens: 'required' } });
  const where = [...serverFlags(), '--task-queue', world.taskQueue, '--yes', '--wait'];
  const end = await runCommand(['start', spec, '--plan', file, ...where], { env: { HOME: '/nonexistent' } });
  expect(end).toMatchObject({ code: 3 });
  expect(end.stderr).toMatch(/can't be compared from here.*\nThe worker compares it/);
  expect(end.stdout).toMatch(/PlanFailed: .*was asked for: the fleet or the spec has changed/);
  expect(world.updates()).toEqual([]);
});

it.each<[string, number, string[], number]>([
  ['with a fleet of its own', 3, [], 0],
  ['without the instances that the plan names', 1, ['--only', 'web-3'], 4],
  ['without any instance', 0, [], 0],
])('leaves the plan to the worker where the credentials are of another account, %s', async (_, fleet, flags, code) => {
  const world = await createWorld({ fleet: 3 });
  const spec = await specFile(world.spec());
  const file = await keepPlan(world, spec, ...flags);
  const other = await createWorld({ fleet, worker: false });
  const where = [...serverFlags(), '--task-queue', world.taskQueue, '--yes', '--wait'];
  const end = await runCommand(['start', spec, '--plan', file, ...where], { env: other.simulator.env });
  expect(end).toMatchObject({ code, stderr: expect.stringContaining(`no instance of account ${world.account}`) });
});

it('names what is missing where the kept plan can not be made any more', async () => {
  const world = await createWorld({ fleet: 3, worker: false });
  const spec = await specFile(world.spec());
  const file = await keepPlan(world, spec, '--only', 'web-3');
  world.remove('web-3');
  const end = await start(world, spec, '--plan', file, '--json');
  expect(end).toMatchObject({ code: 2 });
  expect(parseJson(end)).toMatchObject({
    error: { type: 'PlanChanged', message: expect.stringMatching(/nothing was started: "web-3" is no instance/) },
  });
});

it.each<[string, string, RegExp]>([
  ['no JSON', '{ "name": ', /plan\.json isn't JSON.*Make one: imds-rollout plan/],
  ['no plan', '{"name": "x"}', /plan\.json is no plan: its "format" must be imds-rollout-plan\/1.*Make one/],
  ['a list', '[]', /plan\.json is no plan: its "format" must be/],
])('refuses a file that is %s, with the place and the remedy', async (_, content, why) => {
  const world = await createWorld({ worker: false });
  const end = await start(world, await specFile(world.spec()), '--plan', await temporaryFile('plan.json', content));
  expect(end).toMatchObject({ code: 2, stdout: '' });
  expect(end.stderr).toMatch(why);
});

it.each<[edit: string, change: (plan: PlanJson) => object]>([
  ['an instance less', (plan) => ({ ...plan, stages: plan.stages.slice(1) })],
  ['a larger limit', (plan) => ({ ...plan, bounds: { limit: 100 } })],
  ['another hash', (plan) => ({ ...plan, hash: 'a'.repeat(64) })],
  ['no checksum', ({ sha256: _, ...plan }) => plan],
  ['an instance less and a checksum of its own', ({ sha256: _, ...plan }) => addChecksum({ ...plan, stages: [] })],
])('starts nothing from a plan file that was edited to have %s', async (_, change) => {
  const world = await createWorld({ worker: false });
  const spec = await specFile(world.spec());
  const plan = JSON.parse(await readFile(await keepPlan(world, spec), 'utf8'));
  const file = await temporaryFile('plan.json', JSON.stringify(change(plan)));
  const end = await start(world, spec, '--plan', file, '--json');
  expect(end).toMatchObject({ code: 2 });
  expect(parseJson(end)).toMatchObject({
    error: { type: 'EditedFile', message: expect.stringMatching(/plan\.json was edited since .* make it anew/) },
  });
});

it('refuses a file that is not there, one of another spec, and bounds beside it', async () => {
  const world = await createWorld({ worker: false });
  const spec = await specFile(world.spec());
  const file = await keepPlan(world, spec, '--until', 'canary');
  const missing = await start(world, spec, '--plan', `${file}.gone`);
  expect(missing).toMatchObject({ code: 2, stderr: expect.stringMatching(/There is no file .*Make one/) });
  const other = await start(world, await specFile(world.spec({ name: 'another' })), '--plan', file);
  expect(other).toMatchObject({ code: 2, stderr: expect.stringMatching(/is a plan of "test-.*the spec is "another"/) });
  const beside = await start(world, spec, '--plan', file, '--limit', '1');
  expect(beside).toMatchObject({ code: 2, stderr: expect.stringMatching(/leave --only, --limit and --until out/) });
  const renamed = world.spec({ stages: [{ name: 'all', size: 'rest' }] });
  const stale = await start(world, await specFile(renamed), '--plan', file);
  expect(stale).toMatchObject({ code: 2, stderr: expect.stringMatching(/plan\.json: bounds\.until: must be a stage/) });
});
