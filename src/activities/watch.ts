import { setTimeout as delay } from 'node:timers/promises';
import { CompleteAsyncError, Context } from '@temporalio/activity';
import { ActivityNotFoundError } from '@temporalio/client';
import { HealthJudge, type WatchInput, type WatchMemory, type WatchReport } from '../rollout/health.js';
import { cutReason } from '../rollout/outcome.js';
import { attemptEnded } from './failures.js';
import type { ActivityDeps } from './index.js';
import { readRound } from './watch-round.js';

/** Between two heartbeats, in milliseconds; the SDK sends fewer of them. */
const BEAT = 1_000;

/**
 * Watches instances of one account and region for as long as there is nothing to report: a reading of all of them at
 * each interval, and what a reading says only counts in a row.
 *
 * Cancelled, it reports what it has counted so far, so that the next watch goes on from there. It never fails for what
 * AWS or an instance answers: what can't be read is inconclusive.
 */
export function createWatch(deps: ActivityDeps) {
  return async function lightsailImdsWatch(input: WatchInput): Promise<WatchReport> {
    return new Watch(deps, input, Context.current()).run();
  };
}

/** What the next attempt goes on from. */
interface Beat {
  readonly memory: WatchMemory;
  readonly report: Omit<WatchReport, 'memory'>;
}

class Watch {
  readonly #judge: HealthJudge;
  /** Who is still looked at; before a change, each only until it has been judged. */
  readonly #open: Set<string>;
  readonly #codes: Record<string, readonly (number | null)[]> = {};
  #nextAt: number | undefined;
  /** What is to be reported, of all rounds so far. */
  #report: Omit<WatchReport, 'memory'> = NOTHING;

  constructor(
    private readonly deps: ActivityDeps,
    private readonly input: WatchInput,
    private readonly context: Context,
  ) {
    const beaten: Beat | undefined = context.info.heartbeatDetails;
    const remembered = beaten?.memory ?? input.memory;
    if (beaten !== undefined) this.#report = beaten.report;
    this.#judge = new HealthJudge(input.failureThreshold, remembered);
    this.#open = new Set(input.groups.flatMap(({ ids }) => ids));
    // A settling look starts at once, but for the rounds that a dead worker has begun.
    this.#nextAt = input.mode === 'settle' && beaten === undefined ? undefined : remembered.nextAt;
  }

  async run(): Promise<WatchReport> {
    for (;;) {
      await this.#pauseUntil(this.#nextAt ?? 0);
      if (this.#isCancelled) return this.#end();
      this.#nextAt = Date.now() + this.input.interval;
      const round = await this.#beating(readRound(this.deps, this.input, this.#open, this.context));
      if (this.#isCancelled) return this.#end();
      await this.#throwIfMoot();
      Object.assign(this.#codes, round.codes);
      this.#take(round.readings);
      if (this.#isDone(round.readings)) return this.#end();
    }
  }

  #take(readings: Parameters<HealthJudge['take']>[0]): void {
    const found = this.#judge.take(readings);
    const { unhealthy, blind, recovered } = this.#report;
    this.#report = {
      unhealthy: [...unhealthy, ...found.unhealthy.map(({ id, reason }) => ({ id, reason: cutReason(reason) }))],
      blind: [...blind, ...found.blind],
      recovered: [...recovered, ...found.recovered],
      observer: found.observer,
      ...((found.blindReason ?? this.#report.blindReason) && {
        blindReason: cutReason(found.blindReason ?? this.#report.blindReason ?? ''),
      }),
    };
    for (const { id } of found.unhealthy) this.#open.delete(id);
  }

  #isDone(readings: Parameters<HealthJudge['take']>[0]): boolean {
    const { unhealthy, blind, recovered } = this.#report;
    const hasNews = unhealthy.length + blind.length + recovered.length > 0;
    switch (this.input.mode) {
      case 'after':
        return hasNews;
      case 'settle':
        return hasNews || this.#judge.isClear;
      case 'before': {
        const { streaks } = this.#judge;
        // Out of sight, or judged well.
        for (const id of this.#open) if (!readings.has(id) || streaks[id] === undefined) this.#open.delete(id);
        const wasBlind = new Set(blind);
        return [...this.#open].every((id) => wasBlind.has(id));
      }
      default:
        return this.input.mode satisfies never;
    }
  }

  #end(): WatchReport {
    return {
      ...this.#report,
      ...(Object.keys(this.#codes).length > 0 && { codes: this.#codes }),
      memory: this.#memory,
    };
  }

  get #memory(): WatchMemory {
    return { streaks: this.#judge.streaks, ...(this.#nextAt !== undefined && { nextAt: this.#nextAt }) };
  }

  /** The workflow wants it to end, and to tell what it has counted. */
  get #isCancelled(): boolean {
    return this.context.cancellationSignal.aborted && this.context.cancellationDetails?.cancelRequested === true;
  }

  /** Ended for another reason: the next attempt goes on from the last heartbeat. */
  async #throwIfMoot(): Promise<void> {
    if (!this.context.cancellationSignal.aborted || this.#isCancelled) return;
    try {
      await this.context.client.activity.heartbeat(this.context.info.taskToken, this.#lastBeat);
    } catch (error) {
      // Its rollout has ended, and an answer to nobody would be logged as a fault.
      if (error instanceof ActivityNotFoundError) throw new CompleteAsyncError();
    }
    throw attemptEnded();
  }

  async #pauseUntil(time: number): Promise<void> {
    const { cancellationSignal: signal } = this.context;
    this.#beat();
    for (let left = time - Date.now(); left > 0 && !signal.aborted; left = time - Date.now()) {
      await delay(Math.min(left, BEAT), undefined, { signal }).catch(() => undefined);
      this.#beat();
    }
    await this.#throwIfMoot();
  }

  #beat(): void {
    this.context.heartbeat(this.#lastBeat);
  }

  get #lastBeat(): Beat {
    return { memory: this.#memory, report: this.#report };
  }

  async #beating<T>(work: Promise<T>): Promise<T> {
    const beat = setInterval(() => this.#beat(), BEAT);
    try {
      return await work;
    } finally {
      clearInterval(beat);
    }
  }
}

const NOTHING = { unhealthy: [], blind: [], recovered: [], observer: false } as const;
