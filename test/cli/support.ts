import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inject, onTestFinished } from 'vitest';
import type { RolloutSpecInput } from '../../src/rollout/spec.js';
import { recordEnd } from '../support/reached.js';
import { runHere } from '../support/run-here.js';
import { searchFolderForSecrets, searchForSecrets } from '../support/secrets.js';
import '../support/temporal.js';
import { until } from '../support/wait.js';

/** Calls aren't slowed down: the simulated service has no limit. */
const QUICK_WORKER = fileURLToPath(new URL('../fixtures/quick-worker.json', import.meta.url));

export const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

export interface CommandEnd {
  /** Null where a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command that runs; it is killed when the test ends. */
export interface RunningCommand {
  readonly ended: Promise<CommandEnd>;
  stdout(): string;
  stderr(): string;
  /** Waits until the output so far matches. */
  says(pattern: RegExp): Promise<void>;
  signal(name: NodeJS.Signals): void;
}

export interface CommandOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
}

/** Starts the built command as a process of its own, without this machine's settings of AWS and Temporal. */
export function startCommand(args: readonly string[], options: CommandOptions = {}): RunningCommand {
  const child = spawn(process.execPath, [MAIN, ...args], {
    env: { ...cleanEnv(), ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    stdout += chunk;
  });
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    stderr += chunk;
  });
  child.stdin.end(options.input ?? '');
  const ended = new Promise<CommandEnd>((resolve, reject) => {
    child.once('close', (code) => {
      // The simulator tells its keys: that is what it is for.
      if (args[0] !== 'simulator') searchForSecrets(`the output of ${args.join(' ')}`, stdout + stderr);
      try {
        recordEnd(inject('reachedFolder'), args, { code, stdout });
        resolve({ code, stdout, stderr });
      } catch (error) {
        reject(error);
      }
    });
  });
  // Whoever doesn't wait for it hears of a shape that is wrong when the test ends.
  ended.catch(() => {});
  onTestFinished(() => kill(child, ended));
  return {
    ended,
    stdout: () => stdout,
    stderr: () => stderr,
    signal: (name) => child.kill(name),
    says: (pattern) =>
      until(() => {
        if (!pattern.test(stdout + stderr)) throw new Error(`not said yet: ${pattern}\n${stdout}${stderr}`);
      }),
  };
}

/** Commands that stay until they are told to go, or that set up what a process can have once only. */
const LASTING = ['demo', 'run', 'simulator', 'worker'];

/** Runs a command to its end: in this process, unless it reads standard input or needs a process of its own. */
export async function runCommand(args: readonly string[], options: CommandOptions = {}): Promise<CommandEnd> {
  if (options.input !== undefined || LASTING.includes(args[0] ?? '')) return runProcess(args, options);
  const end = await runHere(args, { ...cleanEnv(), ...options.env });
  searchForSecrets(`the output of ${args.join(' ')}`, end.stdout + end.stderr);
  recordEnd(inject('reachedFolder'), args, end);
  return end;
}

/** Runs the built command to its end, as a process of its own. */
export function runProcess(args: readonly string[], options: CommandOptions = {}): Promise<CommandEnd> {
  return startCommand(args, options).ended;
}

async function kill(child: ChildProcess, ended: Promise<CommandEnd>): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
  await ended;
}

export function cleanEnv(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(AWS_|TEMPORAL_|IMDS_ROLLOUT_CONFIG$|DEBUG$|FORCE_COLOR$|NODE_OPTIONS$)/.test(name),
  );
  const { TEMPORAL_CLI_PATH } = process.env;
  return {
    ...Object.fromEntries(kept),
    AWS_EC2_METADATA_DISABLED: 'true',
    IMDS_ROLLOUT_CONFIG: QUICK_WORKER,
    // A `run` of whoever works here must not be found.
    IMDS_ROLLOUT_STATE: join(tmpdir(), 'imds-rollout-no-state'),
    ...(TEMPORAL_CLI_PATH !== undefined && { TEMPORAL_CLI_PATH }),
  };
}

/** The flags that lead to the server that all tests share. */
export function serverFlags(): string[] {
  const { address, namespace } = inject('temporal');
  return ['--address', address, '--namespace', namespace];
}

/** A file that is gone when the test ends. */
export async function temporaryFile(name: string, content: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'imds-rollout-cli-'));
  const path = join(folder, name);
  onTestFinished(async () => {
    await searchFolderForSecrets(folder, [path]);
    await rm(folder, { recursive: true, force: true });
  });
  await writeFile(path, content);
  return path;
}

export function specFile(spec: RolloutSpecInput): Promise<string> {
  return temporaryFile('spec.json', JSON.stringify(spec, null, 2));
}

/** The one object that a command printed with `--json`. */
export function parseJson(end: CommandEnd): unknown {
  try {
    return JSON.parse(end.stdout);
  } catch (error) {
    throw new Error(`no single JSON object on stdout: ${end.stdout}\nstderr: ${end.stderr}`, { cause: error });
  }
}
