import { spawn } from 'node:child_process';

/** A program and its first arguments, e.g. `['python3', '-m', 'pip']`. */
export type Command = readonly [program: string, ...args: string[]];

export type CommandResult =
  | { readonly kind: 'succeeded'; readonly output: string }
  | { readonly kind: 'failed'; readonly reason: string; readonly output: string };

const KEPT_OUTPUT = 64 * 1024;

/**
 * Runs a program without a shell, for at most `timeoutMs`, and never rejects: a missing program, a non-zero exit and
 * a timeout are results with a one-line reason.
 *
 * @example
 * const result = await runCommand(['temporal', '--version'], { timeoutMs: 15_000 });
 */
export function runCommand(
  [program, ...args]: Command,
  options: { readonly timeoutMs: number; readonly env?: NodeJS.ProcessEnv; readonly cwd?: string },
): Promise<CommandResult> {
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: options.env ?? process.env,
      cwd: options.cwd,
      windowsHide: true,
    });
    let output = '';
    const keep = (chunk: string): void => {
      output = (output + chunk).slice(-KEPT_OUTPUT);
    };
    child.stdout.setEncoding('utf8').on('data', keep);
    child.stderr.setEncoding('utf8').on('data', keep);

    const settle = (result: CommandResult): void => {
      clearTimeout(timer);
      // A grandchild may hold the pipes open for as long as it likes: let go of them.
      child.stdout.destroy();
      child.stderr.destroy();
      resolve(result);
    };
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      settle({ kind: 'failed', reason: `no end within ${options.timeoutMs / 1000} s`, output });
    }, options.timeoutMs);

    child.once('error', (error: NodeJS.ErrnoException) => {
      const reason = error.code === 'ENOENT' ? 'not found' : error.message;
      settle({ kind: 'failed', reason, output });
    });
    child.once('close', (code, signal) => {
      if (code === 0) settle({ kind: 'succeeded', output });
      else settle({ kind: 'failed', reason: failureReason(code, signal, output), output });
    });
  });
}

function failureReason(code: number | null, signal: NodeJS.Signals | null, output: string): string {
  const ended = signal === null ? `exit code ${code}` : `killed by ${signal}`;
  const lines = output.split('\n').map((line) => line.trim());
  // pip writes notices after its error: the line that says "error" is the one to show.
  const telling = lines.findLast((line) => /^error/i.test(line)) ?? lines.findLast((line) => line !== '');
  return telling === undefined ? ended : `${ended}: ${telling}`;
}
