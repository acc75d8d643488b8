import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createWorld } from '../support/world.js';
import { parseJson, runCommand, temporaryFile } from './support.js';

/** Where a spec may go, in a folder that is gone when the test ends. */
async function specPath(name = 'rollout.yaml'): Promise<string> {
  return join(dirname(await temporaryFile('notes.txt', '')), name);
}

describe('what it writes passes validate, and says what was asked for', () => {
  it.each([
    [[], { name: 'require-imdsv2', regions: 'all', options: { httpTokens: 'required' } }],
    [
      ['--name', 'prod', '--regions', 'us-east-1,eu-west-1', '--hop-limit', '2'],
      {
        name: 'prod',
        regions: ['us-east-1', 'eu-west-1'],
        options: { httpTokens: 'required', httpPutResponseHopLimit: 2 },
      },
    ],
    [
      ['--name', '123', '--http-tokens', 'optional', '--regions', 'all'],
      { name: '123', regions: 'all', options: { httpTokens: 'optional' } },
    ],
  ])('%j', async (flags, asked) => {
    const path = await specPath();
    const end = await runCommand(['init', path, ...flags]);
    expect(end).toMatchObject({ code: 0, stderr: '' });
    expect(end.stdout).toContain(`imds-rollout plan ${path}`);
    const checked = await runCommand(['validate', path, '--json']);
    expect(checked).toMatchObject({ code: 0 });
    const hours = asked.options.httpTokens === 'required' ? 7 : 1;
    const stages = [{ name: 'canary', bakeMs: hours * 3_600_000 }, { name: 'early' }, { name: 'rest' }];
    expect(parseJson(checked)).toMatchObject({ valid: true, ...asked, stages });
  });
});

it('names the region of the environment where no flag does', async () => {
  const end = await runCommand(['init', await specPath(), '--json'], { env: { AWS_REGION: 'eu-north-1' } });
  expect(parseJson(end)).toMatchObject({ spec: { targets: { regions: ['eu-north-1'] } } });
});

it('is short, has a note on every field, and says why the first bake is long', async () => {
  const { stdout } = await runCommand(['init', '-', '--hop-limit', '2']);
  const lines = stdout.trimEnd().split('\n');
  expect(lines.length).toBeLessThan(25);
  for (const line of lines.slice(1)) expect(line.length).toBeLessThanOrEqual(80);
  const fields = lines.filter((line) => /^\s*\w+:/.test(line));
  expect(fields.length).toBeGreaterThan(7);
  for (const field of fields) expect(field).toMatch(/ # \w+/);
  for (const field of ['size', 'bake']) expect(stdout).toMatch(new RegExp(`^ *# ${field}: `, 'm'));
  expect(stdout).toMatch(/bake: .*\n.*software may cache credentials for up to six/);
});

it('prints with --json where it went and the spec as it was read back', async () => {
  const path = await specPath();
  const end = await runCommand(['init', path, '--json', '--regions', 'us-east-1']);
  expect(end.code).toBe(0);
  const spec = {
    name: 'require-imdsv2',
    options: { httpTokens: 'required' },
    targets: { regions: ['us-east-1'] },
    stages: [{ name: 'canary', size: 1, bake: '7h' }, { name: 'early' }, { name: 'rest' }],
  };
  expect(parseJson(end)).toMatchObject({ path, spec });
  const printed = await runCommand(['init', '-', '--json', '--regions', 'us-east-1']);
  expect(printed).toMatchObject({ code: 0, stderr: '' });
  expect(parseJson(printed)).toMatchObject({ path: null, spec });
});

describe('the schema for editors', () => {
  const schemaIn = async (path: string) =>
    /^# yaml-language-server: \$schema=(.*)\n/.exec(await readFile(path, 'utf8'));

  it('is the one of the installed package, also from a folder below', async () => {
    const root = dirname(await specPath());
    const installed = join(root, 'node_modules/lightsail-imds-rollout/schema');
    await mkdir(installed, { recursive: true });
    await mkdir(join(root, 'ops/specs'), { recursive: true });
    await writeFile(join(installed, 'rollout-spec.schema.json'), '{}');
    const path = join(root, 'ops/specs/prod.yaml');
    const end = await runCommand(['init', path]);
    expect(end.stdout).not.toMatch(/npm install/);
    const [, schema = ''] = (await schemaIn(path)) ?? [];
    expect(schema).toBe('../../node_modules/lightsail-imds-rollout/schema/rollout-spec.schema.json');
    expect(join(dirname(path), schema)).toBe(join(installed, 'rollout-spec.schema.json'));
  });

  it('is where the package will be, where it is not installed, and it says how to install it', async () => {
    const path = await specPath();
    const end = await runCommand(['init', path]);
    expect(end.stdout).toMatch(/npm install lightsail-imds-rollout/);
    const [, schema] = (await schemaIn(path)) ?? [];
    expect(schema).toBe('node_modules/lightsail-imds-rollout/schema/rollout-spec.schema.json');
  });
});

it('leaves a file that is there as it is, and replaces it with --force', async () => {
  const path = await temporaryFile('rollout.yaml', 'mine\n');
  const refused = await runCommand(['init', path, '--json']);
  expect(refused).toMatchObject({ code: 2, stderr: expect.stringMatching(/there already.*another name, or --force/) });
  expect(parseJson(refused)).toMatchObject({ error: { type: 'BadInput' } });
  expect(await readFile(path, 'utf8')).toBe('mine\n');
  expect(await runCommand(['init', path, '--force'])).toMatchObject({ code: 0 });
  expect(await readFile(path, 'utf8')).toMatch(/^name: require-imdsv2/m);
  expect(await readdir(dirname(path))).toEqual(['rollout.yaml']);
});

it.each([
  ["a folder that isn't there", 'gone/rollout.yaml', [], /its folder isn't there/],
  ['a name of JSON', 'rollout.json', [], /is YAML, so give a name that ends in \.yaml/],
  ['a folder, with --force', '.', ['--force'], /it is no file/],
  [
    'a name that no rollout may have',
    'rollout.yaml',
    ['--name', 'A: b'],
    /name: must be lower-case.*\nChange the flag/,
  ],
  ['a zone as a region', 'rollout.yaml', ['--regions', 'us-east-1a'], /regions such as us-east-1/],
  ['a hop limit of 0', 'rollout.yaml', ['--hop-limit', '0'], /from 1 to 64/],
])('refuses %s, and writes nothing', async (_, name, flags, says) => {
  const path = await specPath(name);
  const end = await runCommand(['init', path, ...flags]);
  expect(end).toMatchObject({ code: 2, stdout: '', stderr: expect.stringMatching(says) });
  expect(await readdir(name === '.' ? path : dirname(await specPath()))).toEqual(['notes.txt']);
});

it('looks where there are instances, and says so where it may not', async () => {
  const world = await createWorld({ worker: false, fleet: 2, regions: ['us-east-1', 'eu-west-1'] });
  const { env, state } = world.simulator;
  const end = await runCommand(['init', await specPath(), '--look', '--json'], { env });
  expect(end).toMatchObject({
    code: 0,
    stderr: expect.stringContaining('eu-west-1 (2), us-east-1 (2); 4 of them let'),
  });
  expect(parseJson(end)).toMatchObject({ spec: { targets: { regions: ['eu-west-1', 'us-east-1'] } } });

  state.addFault({ operation: 'GetInstances', region: 'eu-west-1', effect: { error: 'AccessDeniedException' } });
  const denied = await runCommand(['init', await specPath(), '--look', '--json'], { env });
  expect(denied).toMatchObject({ code: 0, stderr: expect.stringMatching(/wasn't looked at: .*AccessDenied/) });
  expect(parseJson(denied)).toMatchObject({ spec: { targets: { regions: ['us-east-1'] } } });
  expect(world.updates()).toEqual([]);
});
