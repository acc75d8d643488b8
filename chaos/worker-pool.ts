import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Versions } from './versions.js';
import type { WorkerSettings } from './worker-process.js';

const SCRIPT = fileURLToPath(new URL('worker-process.js', import.meta.url));

/** Longest that a worker may drain, in milliseconds. */
const DRAIN = 20_000;

/** A worker ends where it finds no server; between two tries, in milliseconds. */
const SPAWN_TRIES = 10;
const SPAWN_PAUSE = 500;

/** The workers of a lane; where one is killed, another one takes its place. */
export class WorkerPool {
  readonly #workers: Promise<ChildProcess>[] = [];
  #isClosed = false;
  /** How many have been killed. */
  kills = 0;
  /** What they have written last, for the account of one that couldn't be started. */
  #said = '';

  constructor(
    private readonly settings: readonly WorkerSettings[],
    private readonly versions?: Versions,
  ) {}

  /** Starts those that aren't there. */
  async fill(): Promise<void> {
    if (this.#isClosed) return;
    for (const [index, settings] of this.settings.entries()) {
      const version = this.versions?.of(index);
      this.#workers[index] ??= this.#spawnPatiently(index, { ...settings, ...(version !== undefined && { version }) });
    }
    await Promise.all(this.#workers);
  }

  async kill(index: number): Promise<void> {
    await this.#end(index, 'SIGKILL');
    await this.fill();
  }

  /** Stops a worker where it stands, or lets it go on, as a frozen machine does. */
  async signal(index: number, signal: 'SIGSTOP' | 'SIGCONT'): Promise<void> {
    (await this.#workers[index])?.kill(signal);
  }

  /** All at once, and after the time there are new ones. */
  async killAll(away: () => Promise<void>): Promise<void> {
    await Promise.all(this.settings.map((_, index) => this.#end(index, 'SIGKILL')));
    await away();
    await this.fill();
  }

  /** As a deployment does it, with a new version where there are any. */
  async restart(index: number): Promise<void> {
    await this.#end(index, 'SIGTERM');
    this.versions?.renew(index);
    await this.fill();
    await this.versions?.makeNewestCurrent();
  }

  /** Nothing is started any more. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all(this.settings.map((_, index) => this.#end(index, 'SIGKILL')));
  }

  async #end(index: number, signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    // One that couldn't be started has told whoever wanted it.
    const worker = await this.#workers[index]?.catch(() => undefined);
    delete this.#workers[index];
    if (worker === undefined) return;
    if (!this.#isClosed) this.kills += signal === 'SIGKILL' ? 1 : 0;
    if (worker.exitCode !== null || worker.signalCode !== null) return;
    const ended = once(worker, 'exit');
    worker.kill(signal);
    const timer = setTimeout(() => worker.kill('SIGKILL'), DRAIN);
    await ended;
    clearTimeout(timer);
  }

  /** The server or the network may be away just then. */
  async #spawnPatiently(index: number, settings: WorkerSettings): Promise<ChildProcess> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await this.#spawn(index, settings);
      } catch (error) {
        if (tries === SPAWN_TRIES) throw error;
        await delay(SPAWN_PAUSE);
      }
    }
  }

  async #spawn(index: number, settings: WorkerSettings): Promise<ChildProcess> {
    const worker = fork(SCRIPT, [JSON.stringify(settings)], { stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
    for (const stream of [worker.stdout, worker.stderr]) {
      stream?.on('data', (chunk) => {
        this.#said = `${this.#said}${chunk}`.slice(-5_000);
      });
    }
    // One that is stopped doesn't see that this process ends.
    const end = () => worker.kill('SIGKILL');
    process.once('exit', end);
    worker.once('exit', () => process.off('exit', end));
    const early = once(worker, 'exit').then(() => {
      throw new Error(`worker ${index} has ended before it polled:\n${this.#said}`);
    });
    early.catch(() => undefined);
    await Promise.race([once(worker, 'message'), early]);
    return worker;
  }
}
