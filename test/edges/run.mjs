// Installs the packed package beside the lowest Temporal SDK that it allows, and with its type-check and its demo asks whether that
// works. By hand: `npm run check:lowest`; another version, or another Node: `npm run check:lowest -- --temporal 1.23.0 --node 22.12.0`.
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

/** A demo that takes longer, in milliseconds, hangs. */
const PATIENCE = 180_000;

const root = fileURLToPath(new URL('../../', import.meta.url));
const { values } = parseArgs({ options: { temporal: { type: 'string' }, node: { type: 'string' } } });
const { peerDependencies, devDependencies, engines } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const folder = mkdtempSync(join(tmpdir(), 'imds-rollout-lowest-'));

try {
  process.exitCode = check() ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function check() {
  const peers = Object.entries(peerDependencies).map(([name, range]) => [name, values.temporal ?? lowestOf(range)]);
  const node = values.node ?? `${lowestOf(engines.node)}.0`;
  const tarball = `file:${join(folder, run(root, 'npm', 'pack', '--silent', '--pack-destination', folder).trim())}`;
  const development = ['@types/node', 'typescript', '@typescript/native'].map((name) => [name, devDependencies[name]]);
  writeFileSync(
    join(folder, 'package.json'),
    JSON.stringify({
      private: true,
      type: 'module',
      dependencies: { ...Object.fromEntries(peers), 'lightsail-imds-rollout': tarball },
      // @temporalio/common leaves the types of ms to its users.
      devDependencies: { ...Object.fromEntries(development), node, '@types/ms': '^2.1.0' },
    }),
  );
  copyFileSync(join(root, 'test/edges/consumer.ts'), join(folder, 'consumer.ts'));
  say(`@temporalio/* ${peers.map(([, version]) => version)[0]}, Node ${node}`);
  // Whether an older one would do is asked in spite of the range.
  const beyond = values.temporal === undefined ? [] : ['--legacy-peer-deps'];
  run(folder, 'npm', 'install', '--no-audit', '--no-fund', '--loglevel', 'error', ...beyond);
  const options = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2023', '--types', 'node'];
  const found = run(folder, 'node_modules/.bin/node', '--version').trim();
  if (found !== `v${node}`) throw new Error(`Node ${node} was asked for, and ${found} is there.`);
  return (
    passes('The types of every entry', 'tsc', ...options, 'consumer.ts') &&
    passes('The demo: a rollout and a way back', 'node', 'node_modules/lightsail-imds-rollout/dist/cli/main.js', 'demo')
  );
}

/** @example lowestOf('>=20.19') // '20.19' */
function lowestOf(range) {
  return range.replace(/^(\^|~|>=) */, '');
}

function passes(what, ...command) {
  const path = `${join(folder, 'node_modules/.bin')}:${process.env.PATH}`;
  const { status, stdout, stderr } = spawnSync(command[0], command.slice(1), {
    cwd: folder,
    encoding: 'utf8',
    timeout: PATIENCE,
    env: { ...process.env, PATH: path },
  });
  say(`${status === 0 ? '✔' : '✘'} ${what}`);
  if (status !== 0) process.stderr.write(`${stdout}${stderr}\n`);
  return status === 0;
}

function run(cwd, ...command) {
  const { status, stdout, stderr } = spawnSync(command[0], command.slice(1), { cwd, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command.join(' ')} failed:\n${stdout}${stderr}`);
  return stdout;
}

function say(line) {
  process.stdout.write(`${line}\n`);
}
