import { type ChildProcess, type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';

const KEPT_LINES = 20;

export interface ChildExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A long-running child whose output is kept, and which does not outlive a normal end of this process. */
export interface LoggedChild {
  readonly pid: number;
  /** Settles when the child has ended and all of its output has been read. Never rejects. */
  readonly exited: Promise<ChildExit>;
  /** The last lines of standard output and error together. */
  lastLines(): readonly string[];
  /** SIGTERM, then SIGKILL when the child has not ended within `graceMs`; settles when it has ended. */
  stop(graceMs: number): Promise<void>;
  /** SIGKILL; settles when the child has ended. */
  kill(): Promise<void>;
}

export interface ChildOptions {
  readonly onStdout: (line: string) => void;
  readonly onLine: (line: string) => void;
  readonly ownProcessGroup: boolean;
  /** What the child's new files are not open to. Default: as this process's own. */
  readonly umask?: number;
}

/** @throws the spawn error when the program cannot be run at all. */
export async function spawnLogged(path: string, args: readonly string[], options: ChildOptions): Promise<LoggedChild> {
  const start = () =>
    spawn(path, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: options.ownProcessGroup,
      windowsHide: true,
    });
  const child = options.umask === undefined ? start() : withUmask(options.umask, start);
  const pid = await spawned(child);
  killAtExit(child);

  const lines: string[] = [];
  const keep = (line: string): void => {
    lines.push(line);
    if (lines.length > KEPT_LINES) lines.shift();
    options.onLine(line);
  };
  forEachLine(child.stdout, (line) => {
    keep(line);
    options.onStdout(line);
  });
  forEachLine(child.stderr, keep);

  const exited = new Promise<ChildExit>((resolve) => {
    child.once('close', (code, signal) => resolve({ code, signal }));
  });
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    child.kill(signal);
    await exited;
  };
  return {
    pid,
    exited,
    lastLines: () => [...lines],
    stop: async (graceMs) => {
      const timer = setTimeout(() => child.kill('SIGKILL'), graceMs);
      await end('SIGTERM');
      clearTimeout(timer);
    },
    kill: () => end('SIGKILL'),
  };
}

/** A child has the umask of the moment in which it is started. */
function withUmask<Result>(umask: number, act: () => Result): Result {
  const before = process.umask(umask);
  try {
    return act();
  } finally {
    process.umask(before);
  }
}

function spawned(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('spawn', () => {
      child.off('error', reject);
      // Later errors are failed kills of a child that has just ended.
      child.on('error', () => {});
      if (child.pid === undefined) reject(new Error('the system gave the new process no ID'));
      else resolve(child.pid);
    });
  });
}

type PipedChild = ChildProcessByStdio<null, Readable, Readable>;

function forEachLine(stream: PipedChild['stdout'], handle: (line: string) => void): void {
  let rest = '';
  stream.setEncoding('utf8').on('data', (chunk: string) => {
    const parts = (rest + chunk).split(/\r?\n/);
    rest = parts.pop() ?? '';
    for (const line of parts) if (line !== '') handle(line);
  });
  stream.on('end', () => {
    if (rest !== '') handle(rest);
  });
}

/** One listener for all children: a listener each would trip Node's warning at the eleventh. */
const living = new Set<ChildProcess>();

function killAtExit(child: ChildProcess): void {
  if (living.size === 0) process.on('exit', killLiving);
  living.add(child);
  child.once('exit', () => {
    living.delete(child);
    if (living.size === 0) process.off('exit', killLiving);
  });
}

function killLiving(): void {
  for (const child of living) child.kill('SIGKILL');
}
