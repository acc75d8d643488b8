import { setTimeout as delay } from 'node:timers/promises';
import { CompleteAsyncError, Context } from '@temporalio/activity';
import { ActivityCancelledError, ActivityNotFoundError } from '@temporalio/client';
import { monotonicNow } from '../lightsail/index.js';
import {
  BLIND_AFTER,
  HealthJudge,
  type HealthReading,
  type WatchInput,
  type WatchMemory,
  type WatchReport,
} from '../rollout/health.js';
import { addNews, NO_NEWS, type WatchNews } from '../rollout/watch-news.js';
import { afterTelling, isDue, NOTHING_TOLD, type WatchPace } from '../rollout/watch-pace.js';
import type { ActivityDeps } from './deps.js';
import { attemptEnded } from './failures.js';
import { ServerTime } from './server-time.js';
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
  readonly news: WatchNews;
}

class Watch {
  readonly #judge: HealthJudge;
  /** Who is still looked at; before a change, each only until it has been judged. */
  readonly #open: Set<string>;
  /** How many have been judged, and aren't looked at any more. */
  #judged = 0;
  readonly #codes = new Map<string, readonly (number | null)[]>();
  /** By the server's clock, since the next attempt may have another worker's. */
  #nextAt: number | undefined;
  readonly #time: ServerTime;
  /** What is to be reported, of all rounds so far. */
  #news: WatchNews;
  #pace: WatchPace;

  constructor(
    private readonly deps: ActivityDeps,
    private readonly input: WatchInput,
    private readonly context: Context,
  ) {
    const beaten: Beat | undefined = context.info.heartbeatDetails;
    const { streaks, nextAt, pace = NOTHING_TOLD } = beaten?.memory ?? input.memory;
    this.#news = beaten?.news ?? NO_NEWS;
    this.#open = new Set(input.groups.flatMap(({ ids }) => ids));
    for (const { id } of this.#news.unhealthy) this.#close(id);
    // Of those that have left the list meanwhile, nothing is remembered: nobody reads them any more.
    const own = Object.entries(streaks).filter(([id]) => this.#open.has(id));
    this.#judge = new HealthJudge(input.failureThreshold, { streaks: Object.fromEntries(own) });
    this.#nextAt = nextAt;
    this.#pace = pace;
    this.#time = new ServerTime(context);
  }

  async run(): Promise<WatchReport> {
    for (;;) {
      await this.#rest();
      if (await this.#isEnded()) return this.#report();
      const start = this.#time.now();
      const { input, context } = this;
      const { readings, codes, refused } = await this.#beating(
        readRound(this.deps, { input, open: this.#open, context }),
      );
      // A round that was cut off counts for nothing, and is due again at once.
      if (await this.#isEnded()) return this.#report();
      // Said of the caller, and of no instance: it counts as no reading, and the next one is due once calls are accepted.
      if (refused !== undefined) return { ...this.#report(), refused };
      this.#nextAt = Math.round(start + this.input.interval);
      for (const [id, read] of codes) this.#keepCodes(id, read);
      this.#take(readings);
      if (this.#isDone()) return this.#report();
    }
  }

  #take(readings: ReadonlyMap<string, HealthReading>): void {
    const { mode } = this.input;
    this.#pace = { ...this.#pace, rounds: this.#pace.rounds + 1 };
    const found = this.#judge.take(readings, readings.size + this.#judged);
    const unseen = [...this.#open].filter((id) => !readings.has(id));
    // What is changed and fails, and is restarted for that, has not been well meanwhile.
    const overlooked = this.#judge.overlook(unseen, mode === 'after');
    this.#news = addNews(this.#news, { ...found, recovered: [...found.recovered, ...overlooked] });
    for (const { id } of found.unhealthy) this.#close(id);
    if (mode === 'after') return;
    const { streaks } = this.#judge;
    for (const id of unseen) this.#open.delete(id);
    for (const id of this.#open) if (streaks[id] === undefined) this.#close(id);
  }

  #close(id: string): void {
    if (this.#open.delete(id)) this.#judged += 1;
  }

  #keepCodes(id: string, read: readonly (number | null)[]): void {
    const earlier = this.#codes.get(id) ?? [];
    this.#codes.set(
      id,
      read.map((code, index) => code ?? earlier[index] ?? null),
    );
  }

  #isDone(): boolean {
    const { unhealthy, blind, recovered } = this.#news;
    const hasNews = unhealthy.length + blind.length + recovered.length > 0;
    switch (this.input.mode) {
      case 'after':
        return isDue(this.#pace, this.#news, this.#knownLost);
      case 'settle':
        return hasNews || this.#judge.isClear;
      case 'before': {
        const { streaks } = this.#judge;
        const isWaiting = [...this.#open].every((id) => (streaks[id]?.blind ?? 0) >= BLIND_AFTER);
        return this.#open.size === 0 || (isWaiting && hasNews);
      }
      default:
        return this.input.mode satisfies never;
    }
  }

  #report(): WatchReport {
    return {
      ...this.#news,
      ...(this.#codes.size > 0 && { codes: Object.fromEntries(this.#codes) }),
      memory: { ...this.#memory, pace: afterTelling(this.#pace, this.#news) },
    };
  }

  get #memory(): WatchMemory {
    const nextAt = this.#nextAt;
    return { streaks: this.#judge.streaks, pace: this.#pace, ...(nextAt !== undefined && { nextAt }) };
  }

  /** How many instances the rollout has been told to be out of sight, and not yet that they are seen again. */
  get #knownLost(): number {
    const { blind, recovered } = this.#news;
    const lost = Object.values(this.#judge.streaks).filter((streak) => streak.blind >= BLIND_AFTER);
    return lost.length - blind.length + recovered.length;
  }

  /**
   * Whether the workflow wants it to end, and to tell what it has counted.
   *
   * @throws where the attempt ends for another reason: the next one goes on from the last heartbeat
   */
  async #isEnded(): Promise<boolean> {
    if (!this.context.cancellationSignal.aborted) return false;
    if (this.context.cancellationDetails?.cancelRequested === true) return true;
    try {
      await this.context.client.activity.heartbeat(this.context.info.taskToken, this.#lastBeat);
    } catch (error) {
      // Asked for while this worker stops: a failure would not be tried again, and the rollout would take it for one.
      if (error instanceof ActivityCancelledError) return true;
      // Its rollout has ended, and an answer to nobody would be logged as a fault.
      if (error instanceof ActivityNotFoundError) throw new CompleteAsyncError();
    }
    throw attemptEnded();
  }

  /** Until the next round is due, or the attempt is to end. */
  async #rest(): Promise<void> {
    const { cancellationSignal: signal } = this.context;
    // The server may hand an attempt out late, so that its time is taken for earlier than it is; never for later.
    const left = Math.min(this.input.interval, (this.#nextAt ?? 0) - this.#time.now());
    const until = monotonicNow() + left;
    this.#beat();
    for (let rest = left; rest > 0 && !signal.aborted; rest = until - monotonicNow()) {
      await delay(Math.min(rest, BEAT), undefined, { signal }).catch(() => undefined);
      this.#beat();
    }
  }

  #beat(): void {
    this.context.heartbeat(this.#lastBeat);
  }

  get #lastBeat(): Beat {
    return { memory: this.#memory, news: this.#news };
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
