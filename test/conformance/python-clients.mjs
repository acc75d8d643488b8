// boto3, the AWS CLI and Temporal's Python SDK in a private Python environment, made once for each set of pins.
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cacheFolder } from '../../dist/server/cache.js';
import { spawnLogged } from '../../dist/server/child-process.js';
import { runCommand } from '../../dist/server/command.js';

const REQUIREMENTS = fileURLToPath(new URL('requirements.txt', import.meta.url));
const PROBE_MS = 30_000;
const DESCRIBE = `import sys, platform
print(sys.version_info >= (3, 10), platform.python_version(), platform.system(), platform.machine(), sys.base_prefix)`;

/**
 * The path of a Python that has the pinned clients. Installs them when no earlier run did.
 *
 * @param say receives a line when something is installed.
 * @throws Error that names the remedy.
 */
export async function openPythonClients(say) {
  const python = await findPython();
  const key = createHash('sha256')
    .update(python.description)
    .update(await readFile(REQUIREMENTS))
    .digest('hex')
    .slice(0, 16);
  const folder = join(await openCache(), `conformance-${key}`);
  if (!(await works(folder))) {
    say(`Installing boto3, the AWS CLI and Temporal's Python SDK into ${folder}, once for these pins.`);
    await install(python.command, folder);
  }
  return pythonIn(folder);
}

async function findPython() {
  const reasons = [];
  for (const command of ['python3', 'python']) {
    const result = await runCommand([command, '-c', DESCRIBE], { timeoutMs: PROBE_MS });
    if (result.kind === 'succeeded' && result.output.startsWith('True')) return { command, description: result.output };
    reasons.push(`${command}: ${result.kind === 'succeeded' ? `is ${result.output.split(' ')[1]}` : result.reason}`);
  }
  throw new Error(`Python 3.10 or newer is needed (${reasons.join('; ')}). Put it on PATH as python3.`);
}

/**
 * Two runs at once both install, and the first to rename wins. An environment may be moved when nothing of it but its
 * `python` is used: the scripts beside that one name the folder that they were made in.
 */
async function install(python, folder) {
  const staging = await mkdtemp(join(dirname(folder), '.installing-'));
  try {
    const venvRemedy = 'Install the venv module of this Python (Debian, Ubuntu: apt install python3-venv).';
    await run(python, ['-m', 'venv', staging], venvRemedy);
    const quiet = ['--quiet', '--no-input', '--disable-pip-version-check', '--only-binary=:all:'];
    const pipRemedy = 'Let pip reach PyPI, or an index of yours that serves these versions.';
    await run(pythonIn(staging), ['-m', 'pip', 'install', ...quiet, '--requirement', REQUIREMENTS], pipRemedy);
    await rename(staging, folder).catch(() => replaceUnlessItWorks(staging, folder));
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

async function replaceUnlessItWorks(staging, folder) {
  if (await works(folder)) return;
  await rm(folder, { recursive: true, force: true });
  await rename(staging, folder);
}

async function openCache() {
  const cache = cacheFolder(process.env);
  try {
    await mkdir(cache, { recursive: true });
    return cache;
  } catch (error) {
    throw new Error(`The cache cannot be written (${error.message}). Set IMDS_ROLLOUT_CACHE to a writable folder.`);
  }
}

async function works(folder) {
  const command = [pythonIn(folder), '-I', '-c', 'import awscli, boto3, temporalio.client'];
  return (await runCommand(command, { timeoutMs: PROBE_MS })).kind === 'succeeded';
}

async function run(program, args, remedy) {
  const child = await spawnLogged(program, args, { onStdout: () => {}, onLine: () => {}, ownProcessGroup: false });
  const { code, signal } = await child.exited;
  if (code === 0) return;
  const lines = child.lastLines().map((line) => `  | ${line}`);
  throw new Error([`${program} ${args.join(' ')} failed (${signal ?? code}).`, ...lines, remedy].join('\n'));
}

function pythonIn(folder) {
  return join(folder, 'bin', 'python');
}
