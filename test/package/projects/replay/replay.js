// Replays recorded histories with the bundle that this project's own webpack makes: what a consumer bundles is not what we ship.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger, Runtime, Worker } from '@temporalio/worker';

const [folder] = process.argv.slice(2);
const logger = new DefaultLogger('ERROR');
Runtime.install({ logger });

const workflowsPath = fileURLToPath(import.meta.resolve('lightsail-imds-rollout/workflows'));
const workflowBundle = await bundleWorkflowCode({ workflowsPath, logger });

const names = (await readdir(folder)).filter((name) => name.endsWith('.json'));
async function* histories() {
  for (const name of names) yield JSON.parse(await readFile(join(folder, name), 'utf8'));
}

const failures = [];
let replayed = 0;
for await (const { error } of Worker.runReplayHistories({ workflowBundle }, histories())) {
  if (error) failures.push(`${names[replayed]}: ${error.message}`);
  replayed += 1;
}
if (replayed !== names.length || replayed === 0)
  failures.push(`${replayed} of ${names.length} histories were replayed`);
for (const failure of failures) process.stderr.write(`${failure}\n`);
process.exitCode = failures.length > 0 ? 1 : 0;
