import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** A process, with what tells it from a later one of the same ID. */
export interface ProcessIdentity {
  readonly pid: number;
  /** When it started, as the system says it; missing where the system can't be asked. */
  readonly started?: string;
}

/** `unknown`: a process of that ID runs, and nothing says whether it is this one. */
export type Liveness = 'alive' | 'gone' | 'unknown';

/** Of a process that runs now. */
export function identify(pid: number): ProcessIdentity {
  const started = startOf(pid);
  return { pid, ...(started !== undefined && { started }) };
}

/** Whether it still is the process that it was: an ID alone may have been given to another one, as after a reboot. */
export function livenessOf({ pid, started }: ProcessIdentity): Liveness {
  if (!exists(pid)) return 'gone';
  const found = startOf(pid);
  if (found === ENDED) return 'gone';
  if (found === undefined || started === undefined) return exists(pid) ? 'unknown' : 'gone';
  return found === started ? 'alive' : 'gone';
}

/** Sends a signal only to the process that is meant. @returns whether it was sent */
export function signalProcess(process_: ProcessIdentity, signal: NodeJS.Signals): boolean {
  if (livenessOf(process_) !== 'alive') return false;
  try {
    return process.kill(process_.pid, signal);
  } catch {
    return false;
  }
}

function exists(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // EPERM: it is there, and somebody else's.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** What has ended and was not collected by its parent yet is no process any more. */
const ENDED = 'ended';

function startOf(pid: number): string | undefined {
  switch (process.platform) {
    case 'linux':
      return startInProc(pid);
    case 'win32':
      return undefined;
    default:
      return startFromPs(pid);
  }
}

/** Ticks since the boot, with the boot: the next one counts from zero again. Minimal containers have no `ps`. */
function startInProc(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name stands in brackets and may hold anything; state is the first field after it, the start the twentieth (proc(5)).
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [state, ticks] = [fields[0], fields[19]];
    if (state === 'Z' || state === 'X') return ENDED;
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return ticks === undefined ? undefined : `${boot} ${ticks}`;
  } catch {
    return undefined;
  }
}

/** The command line of a process, its words with a space after each; undefined where the system can't be asked. */
export function commandOf(pid: number): string | undefined {
  switch (process.platform) {
    case 'linux':
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
      } catch {
        return undefined;
      }
    case 'win32':
      return undefined;
    default: {
      const { status, stdout } = spawnSync('ps', ['-ww', '-o', 'command=', '-p', String(pid)], {
        encoding: 'utf8',
        timeout: 5_000,
      });
      return status === 0 ? `${stdout.trim()} ` : undefined;
    }
  }
}

function startFromPs(pid: number): string | undefined {
  const { status, stdout } = spawnSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], {
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C' },
    timeout: 5_000,
  });
  const [, state = '', started] = /^\s*(\S+)\s+(\S.*\S)\s*$/.exec(stdout ?? '') ?? [];
  if (status !== 0 || started === undefined) return undefined;
  return state.startsWith('Z') ? ENDED : started;
}
