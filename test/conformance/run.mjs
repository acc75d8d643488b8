// Runs boto3, the AWS CLI and Temporal's Python SDK, which know nothing of this project, against the built package: its
// simulator, and its workflows.
// Arguments go to unittest: `npm run conformance -- -v -k paging`.
import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { spawnLogged } from '../../dist/server/child-process.js';
import { openPythonClients } from './python-clients.mjs';
import { openRolloutWorld } from './rollout-world.mjs';

const STARTS_WITHIN_MS = 30_000;
const STOPS_WITHIN_MS = 5_000;
const path = (name) => fileURLToPath(new URL(name, import.meta.url));

// Without these, a signal would end this process before it has ended its children.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => process.exit(1));

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}

async function main() {
  const python = await openPythonClients((line) => process.stdout.write(`${line}\n`));
  const home = await mkdtemp(join(tmpdir(), 'imds-rollout-conformance-'));
  process.once('exit', () => rmSync(home, { recursive: true, force: true }));
  const simulators = [];
  let world;
  try {
    world = await openRolloutWorld();
    for (const scenario of ['scenario.yaml', 'strict-scenario.yaml']) simulators.push(await startSimulator(scenario));
    const [usual, strict] = simulators;
    return await runTests(python, { ...environment(home, usual, strict), ...world.env });
  } finally {
    await world?.close();
    await Promise.all(simulators.map(({ child }) => child.stop(STOPS_WITHIN_MS)));
  }
}

/** Starts the command that users start, and reads the line that it prints. */
async function startSimulator(scenario) {
  let child;
  let timer;
  const announced = new Promise((resolve, reject) => {
    timer = setTimeout(() => reject(new Error('the simulator did not announce itself in time')), STARTS_WITHIN_MS);
    const args = [path('../../dist/cli/main.js'), 'simulator', '--port', '0', '--scenario', path(scenario)];
    const options = { onStdout: resolve, onLine: () => {}, ownProcessGroup: false };
    spawnLogged(process.execPath, args, options).then((spawned) => {
      child = spawned;
      child.exited.then(() => reject(new Error(`the simulator ended: ${child.lastLines().join('\n')}`)));
    }, reject);
  });
  try {
    return { ...JSON.parse(await announced), child };
  } catch (error) {
    await child?.kill();
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

/** What leads the clients to the simulator, and nothing of the user's own: no profile, region, proxy or home. */
function environment(home, usual, strict) {
  const kept = Object.entries(process.env).filter(([name]) => !/^(AWS|BOTO)_|_proxy$/i.test(name));
  return {
    ...Object.fromEntries(kept),
    HOME: home,
    ...usual.env,
    AWS_DEFAULT_REGION: usual.env.AWS_REGION,
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_MAX_ATTEMPTS: '1',
    AWS_CONFIG_FILE: join(home, 'config'),
    AWS_SHARED_CREDENTIALS_FILE: join(home, 'credentials'),
    SIMULATOR_URL: usual.url,
    STRICT_SIMULATOR_URL: strict.url,
  };
}

function runTests(python, env) {
  const discover = ['-m', 'unittest', 'discover', '--start-directory', path('.'), ...process.argv.slice(2)];
  const child = spawn(python, ['-I', '-B', ...discover], { env, stdio: 'inherit' });
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      process.off('exit', kill);
      resolve(code ?? 1);
    });
  });
}
