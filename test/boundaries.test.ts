import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const biome = join(root, 'node_modules/@biomejs/biome/bin/biome');

let folder: string;

// A project with our rules and nothing else, so that a probe can break them.
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'imds-rollout-lint-'));
  const config = JSON.parse(await readFile(join(root, 'biome.json'), 'utf8'));
  await writeFile(join(folder, 'biome.json'), JSON.stringify({ ...config, vcs: { enabled: false } }));
  await cp(join(root, 'lint'), join(folder, 'lint'), { recursive: true });
});

afterAll(() => rm(folder, { recursive: true, force: true }));

let probes = 0;

/** What the linter says of a file with this content in that folder of src. */
async function lint(part: string, source: string): Promise<string> {
  const path = `src/${part}/probe-${++probes}.ts`;
  await mkdir(join(folder, 'src', part), { recursive: true });
  await writeFile(join(folder, path), source);
  const result = await promisify(execFile)(process.execPath, [biome, 'lint', path], { cwd: folder }).catch(
    (error) => error,
  );
  return `${result.stdout}${result.stderr}`;
}

const imports = (from: string) => `import { thing } from '${from}'; export const copy = thing;`;
const uses = (expression: string) => `export const value = ${expression};`;

it.concurrent.each([
  ['rollout', imports('node:fs')],
  ['rollout', imports('@temporalio/workflow')],
  ['rollout', imports('@aws-sdk/client-lightsail')],
  ['rollout', imports('../lightsail/index.js')],
  ['rollout', imports('../workflows/clock.js')],
  ['rollout', uses('Date.now()')],
  ['rollout', uses('new Intl.Collator()')],
  ['rollout', uses('"a".localeCompare("b")')],
  ['rollout', uses('Math.random()')],
  ['rollout', `import { z } from 'zod'; ${uses('z.iso.date()')}`],
  ['rollout', uses('process.env.HOME')],
  ['workflows', imports('node:crypto')],
  ['workflows', imports('@temporalio/client')],
  ['workflows', imports('@aws-sdk/client-lightsail')],
  ['workflows', imports('../lightsail/index.js')],
  ['workflows', imports('../client/index.js')],
  ['workflows', uses('new Date()')],
  ['activities', imports('../workflows/index.js')],
  ['activities', imports('../client/index.js')],
  ['lightsail', imports('../activities/index.js')],
  ['lightsail', imports('../history/index.js')],
  ['history', imports('../activities/index.js')],
  ['history', imports('../client/index.js')],
  ['history', imports('@aws-sdk/client-lightsail')],
  ['rollout', imports('../history/index.js')],
  ['workflows', imports('../history/index.js')],
  ['simulator', imports('../history/index.js')],
  ['lightsail', imports('@temporalio/activity')],
  ['client', imports('../activities/index.js')],
  ['client', imports('../cli/main.js')],
  ['simulator', imports('../rollout/options.js')],
  ['simulator', imports('@aws-sdk/client-lightsail')],
  ['server', imports('../client/index.js')],
])('refuses in src/%s: %s', async (part, source) => {
  expect(await lint(part, source)).toMatch(/noRestrictedImports|noRestrictedGlobals|replayed/);
});

it.concurrent.each([
  ['rollout', imports('./options.js')],
  ['rollout', imports('zod')],
  ['workflows', imports('../rollout/plan.js')],
  ['workflows', imports('@temporalio/workflow')],
  ['activities', imports('../lightsail/index.js')],
  ['client', imports('../workflows/index.js')],
])('allows in src/%s: %s', async (part, source) => {
  const says = await lint(part, source);
  expect(says).toContain('Checked 1 file');
  expect(says).not.toMatch(/noRestrictedImports|noRestrictedGlobals|replayed/);
});
