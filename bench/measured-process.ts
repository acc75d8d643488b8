import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';

const PRELOAD = new URL('usage.js', import.meta.url).href;

/** Milliseconds that a process gets to end by itself. */
const GRACE = 45_000;

export interface Usage {
  /** Of the whole process, start included. */
  readonly cpuSeconds: number;
  /** Largest resident set. */
  readonly peakMegabytes: number;
}

/** A Node process of which is known, once it has ended, what it has used. */
export class MeasuredProcess {
  readonly #lines: string[] = [];
  readonly #startedAt = performance.now();
  readonly #ended: Promise<unknown>;
  readonly #onLine: ((line: string) => void)[] = [];

  private constructor(
    private readonly child: ChildProcess,
    private readonly folder: string,
  ) {
    this.#ended = once(child, 'exit');
    // Where this process is ended before it.
    const kill = () => child.kill();
    process.once('exit', kill);
    child.once('exit', () => process.off('exit', kill));
    for (const stream of [child.stdout, child.stderr]) {
      if (stream !== null) createInterface({ input: stream }).on('line', (line) => this.#hear(line));
    }
  }

  static async start(script: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<MeasuredProcess> {
    const folder = await mkdtemp(join(tmpdir(), 'imds-rollout-bench-'));
    const child = spawn(process.execPath, ['--import', PRELOAD, script, ...args], {
      env: { ...env, BENCH_USAGE: join(folder, 'usage.json') },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    return new MeasuredProcess(child, folder);
  }

  /** Seconds from the start until it has written that. @throws where it ends before */
  async untilSaid(text: string): Promise<number> {
    const said = new Promise<void>((resolve) => {
      this.#onLine.push((line) => line.includes(text) && resolve());
      if (this.#lines.some((line) => line.includes(text))) resolve();
    });
    const early = this.#ended.then(() => {
      throw new Error(`it has ended without saying '${text}':\n${this.#lines.join('\n')}`);
    });
    early.catch(() => {});
    await Promise.race([said, early]);
    return (performance.now() - this.#startedAt) / 1_000;
  }

  /** What it has written, and used, once it has ended by itself. @throws where it ends badly */
  async finish(): Promise<{ readonly lines: readonly string[]; readonly usage: Usage }> {
    await this.#ended;
    const usage = await this.end();
    if (this.child.exitCode !== 0)
      throw new Error(`it has ended with ${this.child.exitCode}:\n${this.#lines.join('\n')}`);
    return { lines: this.#lines, usage };
  }

  /** Ends it, where it hasn't ended. */
  async end(): Promise<Usage> {
    this.child.kill('SIGTERM');
    const late = new AbortController();
    void delay(GRACE, undefined, { signal: late.signal, ref: false }).then(
      () => this.child.kill('SIGKILL'),
      () => {},
    );
    await this.#ended;
    late.abort();
    try {
      return JSON.parse(await readFile(join(this.folder, 'usage.json'), 'utf8')) as Usage;
    } finally {
      await rm(this.folder, { recursive: true, force: true });
    }
  }

  #hear(line: string): void {
    this.#lines.push(line);
    for (const listener of this.#onLine) listener(line);
  }
}
