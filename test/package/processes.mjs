// Commands of the check: each in a group of its own, which ends with it, at its deadline, or with this process.
import { spawn } from 'node:child_process';

const DEADLINE_MS = 180_000;
const MEBIBYTE = 1024 * 1024;

/** Where the check failed, and what was said there. */
export class StepFailed extends Error {
  constructor(project, step, output) {
    super(`The package doesn't work in project "${project}", at step "${step}":\n${output.trimEnd()}`);
  }
}

const living = new Set();
process.on('exit', () => {
  for (const child of living) endGroup(child, 'SIGKILL');
});
// Without these a signal would end this process before it has ended its children.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => process.exit(1));

/**
 * Runs a command to its end.
 *
 * @param {{ project: string, step: string, cwd: string, env?: Record<string, string | undefined> }} options
 * @returns what it wrote to stdout
 * @throws {StepFailed} where it ends with another code than 0, or not in time
 */
export async function run(command, args, { project, step, cwd, env = process.env }) {
  const { code, stdout, output } = await finish(command, args, { cwd, env });
  if (code !== 0) throw new StepFailed(project, step, `${[command, ...args].join(' ')}: ${code}\n${output}`);
  return stdout;
}

function finish(command, args, { cwd, env }) {
  const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  living.add(child);
  let stdout = '';
  let output = '';
  const keep = (text) => {
    output = (output + text).slice(-MEBIBYTE);
  };
  child.stdout.setEncoding('utf8').on('data', (text) => {
    stdout += text;
    keep(text);
  });
  child.stderr.setEncoding('utf8').on('data', keep);
  return new Promise((resolve, reject) => {
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      endGroup(child, 'SIGKILL');
    }, DEADLINE_MS);
    child.once('error', reject);
    child.once('close', (code, signal) => {
      clearTimeout(timer);
      living.delete(child);
      const end = late ? `not done within ${DEADLINE_MS / 1000} s` : (signal ?? code);
      resolve({ code: end, stdout, output });
    });
  });
}

/** The group is the child's own, so that what it has started ends too. */
function endGroup(child, signal) {
  try {
    process.kill(-child.pid, signal);
  } catch {
    // It has ended by itself.
  }
}
