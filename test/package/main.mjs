// Whether the package installs, type-checks and runs in projects of other people: it is packed once, installed once into an
// empty folder, and used there by the projects beside this file and by examples/. Nothing of this repository is on their way.

import { rmSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execPath } from 'node:process';
import { fileURLToPath } from 'node:url';
import pMap from 'p-map';
import { runExample } from './example.mjs';
import { inspect, pack } from './packed.mjs';
import { run, StepFailed } from './processes.mjs';
import { openStage } from './stage.mjs';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const PROJECTS = fileURLToPath(new URL('projects/', import.meta.url));

/** What a project has beside the package: a compiler older than ours, and what the examples import themselves. */
const BESIDE = [
  'typescript@5',
  '@types/node@20',
  '@temporalio/proto@^1.24.0',
  '@temporalio/testing@^1.24.0',
  'yaml@2',
  // The types of @temporalio/common need it, and don't bring it: without it they only pass with skipLibCheck.
  '@types/ms@2',
  // What many workers have beside plugins: tracing.
  '@temporalio/interceptors-opentelemetry@^1.24.0',
  '@opentelemetry/resources@1',
  '@opentelemetry/sdk-trace-base@1',
  // Histories are read by the copy that the project has, beside that of the SDK.
  'protobufjs@8',
];

/** Half of an example's time is waiting. */
const AT_ONCE = 3;

const OUR_COMPILER = join(ROOT, 'node_modules/@typescript/native/bin/tsc');

const begun = Date.now();
const folder = await mkdtemp(join(tmpdir(), 'imds-rollout-package-'));
const home = join(folder, 'home');
const consumer = join(folder, 'consumer');
const lowest = join(folder, 'lowest');
// After a signal too.
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
try {
  await check();
  say(`The package works, in ${seconds(begun)}.`);
} catch (error) {
  for (const each of error instanceof AggregateError ? error.errors : [error]) tell(each);
  process.exitCode = 1;
}

function tell(error) {
  process.stderr.write(`\n✘ ${error instanceof StepFailed ? error.message : error.stack}\n`);
}

async function check() {
  const tarball = await timed('packed', () => pack(ROOT, folder));
  await inspect(ROOT, tarball);
  say(`  ${tarball.files.length} files, ${(tarball.bytes / 1e6).toFixed(1)} MB unpacked`);
  await Promise.all([
    timed('publint and attw find nothing', () => lint(tarball)),
    timed('installed into an empty project', () => install(tarball)),
    timed('installed with the lowest versions', () => installLowest(tarball)),
  ]);
  await all(builds());
  await all([...replays(), ...tests(), ...(await examples()), ...typeChecks()]);
}

/** Every failure is told, not only the first. @throws {AggregateError} */
function all(works) {
  return pMap(works, (work) => work(), { concurrency: AT_ONCE, stopOnError: false });
}

async function lint({ file }) {
  const at = { project: 'the tarball', cwd: ROOT };
  const bin = (name) => join(ROOT, 'node_modules/.bin', name);
  await run(bin('publint'), ['--strict', file], { ...at, step: 'publint' });
  await run(bin('attw'), [file, '--profile', 'esm-only'], { ...at, step: 'attw' });
}

async function install({ file }) {
  await mkdir(home);
  await mkdir(consumer);
  await writeFile(join(consumer, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
  const args = ['install', '--prefer-offline', '--no-audit', '--no-fund', file, ...BESIDE];
  await run('npm', args, { project: 'consumer', step: 'npm install', cwd: consumer });
  await cp(PROJECTS, consumer, { recursive: true });
  const isSource = (path) => !path.startsWith(join(ROOT, 'examples/build'));
  await cp(join(ROOT, 'examples'), join(consumer, 'examples'), { recursive: true, filter: isSource });
}

/** The lowest version of everything that is in a bundle of our workflows, and of what makes it. */
async function installLowest({ file }) {
  const { dependencies, peerDependencies } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'));
  const sdk = JSON.parse(await readFile(join(ROOT, 'node_modules/@temporalio/worker/package.json'), 'utf8'));
  const lowestOf = (ranges) =>
    Object.fromEntries(Object.entries(ranges).map(([name, range]) => [name, lowestIn(range)]));
  const { webpack, protobufjs } = lowestOf(sdk.dependencies);
  const own = { ...lowestOf(dependencies), ...lowestOf(peerDependencies), protobufjs };
  await mkdir(lowest);
  const manifest = {
    private: true,
    type: 'module',
    dependencies: { ...own, 'lightsail-imds-rollout': `file:${file}` },
    overrides: { webpack },
  };
  await writeFile(join(lowest, 'package.json'), JSON.stringify(manifest));
  const args = ['install', '--prefer-offline', '--no-audit', '--no-fund'];
  await run('npm', args, { project: 'lowest', step: 'npm install', cwd: lowest });
  await cp(join(PROJECTS, 'replay'), join(lowest, 'replay'), { recursive: true });
}

/** @example lowestIn('^4.6.7') // '4.6.7' */
function lowestIn(range) {
  return range.replace(/^[\^~]/, '');
}

/** The whole corpus, in one process for each set of versions. */
function replays() {
  const histories = join(ROOT, 'test/histories');
  return Object.entries({ newest: consumer, lowest }).map(([versions, path]) => () => {
    const at = { project: 'replay', step: `histories, ${versions} versions`, cwd: join(path, 'replay') };
    return timed(`replay: every history, bundled with the ${versions} versions`, () =>
      run(execPath, ['replay.js', histories], at),
    );
  });
}

/** As a user does it. */
function builds() {
  return [
    () => compile('examples', 'npx tsc', ['npx', 'tsc', '-p', '.']),
    () => compile('typescript', 'moduleResolution nodenext, our compiler', [execPath, OUR_COMPILER, '-p', '.']),
  ];
}

function typeChecks() {
  const check = [execPath, OUR_COMPILER, '-p', '.', '--noEmit', '--module'];
  return [
    () => compile('typescript', 'moduleResolution node16', [...check, 'node16']),
    () => compile('typescript', 'moduleResolution bundler', [...check, 'esnext', '--moduleResolution', 'bundler']),
    () => compile('typescript', 'the latest TypeScript 5', ['npx', 'tsc', '-p', '.', '--noEmit']),
  ];
}

function compile(project, step, [command, ...args]) {
  return timed(`${project}: ${step}`, () =>
    run(command, args, { project, step: `types, ${step}`, cwd: join(consumer, project) }),
  );
}

/** Files that end in -test, which Node's runner finds and this repository's own leaves alone. */
function tests() {
  return ['typescript/build', 'javascript', 'commonjs'].map((path) => () => {
    const [project] = path.split('/');
    const play = (env) => run(execPath, ['--test'], { project, step: 'its tests', cwd: join(consumer, path), env });
    return timed(`${project}: its tests`, () => onStage(play));
  });
}

async function examples() {
  const path = join(consumer, 'examples');
  const entries = await readdir(path, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory() && entry.name !== 'build').map(({ name }) => name);
  return names.map((name) => () => {
    const play = (env) => runExample({ examples: path, name, env });
    return timed(`examples/${name}`, () => onStage(play));
  });
}

async function onStage(play) {
  const stage = await openStage(ROOT, home);
  try {
    return await play(stage.env);
  } finally {
    await stage.close();
  }
}

async function timed(what, work) {
  const start = Date.now();
  const result = await work();
  say(`✔ ${what} (${seconds(start)})`);
  return result;
}

function seconds(since) {
  return `${((Date.now() - since) / 1000).toFixed(1)} s`;
}

function say(line) {
  process.stdout.write(`${line}\n`);
}
