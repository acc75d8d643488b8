import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { SimplePlugin } from '@temporalio/plugin';

const manifestUrl = new URL(import.meta.resolve('lightsail-imds-rollout/package.json'));
const manifest = JSON.parse(await readFile(manifestUrl, 'utf8'));

test('every entry point of the package loads', async () => {
  for (const name of Object.keys(manifest.exports).filter((path) => !path.endsWith('.json'))) {
    const module = await import(name.replace('.', manifest.name));
    assert.ok(Object.keys(module).length > 0, `${name} exports nothing`);
  }
});

test('there is one copy of the Temporal SDK, which is ours too', async () => {
  const { createSdkLightsail, LightsailImdsPlugin } = await import('lightsail-imds-rollout');
  const { lightsail, close } = createSdkLightsail();
  assert.ok(new LightsailImdsPlugin({ lightsail }) instanceof SimplePlugin);
  close();
});

test('what is not exported cannot be imported', async () => {
  await assert.rejects(import('lightsail-imds-rollout/dist/plugin.js'), { code: 'ERR_PACKAGE_PATH_NOT_EXPORTED' });
});

test('the command is installed and runs', async () => {
  const bin = fileURLToPath(new URL('../node_modules/.bin/imds-rollout', import.meta.url));
  const { stdout } = await promisify(execFile)(bin, ['--version']);
  assert.equal(stdout.trim(), manifest.version);
});
