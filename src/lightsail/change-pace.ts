/** So many of the last changes tell how long the next one takes. */
const SAMPLES = 50;

/** Fewer say nothing. */
const LEAST_SAMPLES = 5;

/** The first look comes when this share of the changes is done. */
const EARLY_SHARE = 0.1;

/** And no later than this share of the time that half of them take, or this many intervals. */
const LATEST_FIRST = { share: 0.5, intervals: 2 } as const;

/** Between two looks passes at least this share of the time since the write. */
const LATER_SHARE = 0.1;

/** A change that was found applied; milliseconds since its write. */
export interface SeenChange {
  /** The last time it was still seen under way; 0 if it never was. */
  readonly pending: number;
  readonly applied: number;
}

/** An instance that is waited for; times are milliseconds since the epoch. */
export interface Awaited {
  /** When it was written to, or when the wait began. */
  readonly from: number;
  /** When it was last looked at. */
  readonly now: number;
  readonly interval: number;
  /** It is looked at at this time, whatever the pace. */
  readonly deadline: number;
}

/**
 * How long the changes of one scope take, and so when to look. The first look comes an interval after the write, or
 * when a tenth of the last changes were done if that is later, but after two intervals or half of their median at the latest; the next
 * ones follow after an interval, or after a tenth of the time since the write if that is longer: what takes seconds is seen in
 * seconds, and what takes minutes isn't asked after every five seconds.
 */
export class ChangePace {
  #times: number[] = [];

  learn({ pending, applied }: SeenChange): void {
    // It was done somewhere between two looks. Without a first one half of the time is a guess, which makes the next first
    // look come earlier where a scope has become quicker.
    this.#times = [...this.#times, (Math.max(0, pending) + Math.max(0, applied)) / 2].slice(-SAMPLES);
  }

  /**
   * When to look at a change that was accepted: at the round nearest to the time that fits. Rounds are the multiples of
   * the interval, for every scope and worker: looked at together, targets end together, and the next ones begin on what
   * the same calls have read.
   */
  nextRound(awaited: Awaited): number {
    const { from, interval } = awaited;
    const planned = Math.max(from + this.#firstLook(interval), nextTime(awaited));
    return inTime(awaited, Math.round(planned / interval) * interval);
  }

  #firstLook(interval: number): number {
    if (this.#times.length < LEAST_SAMPLES) return interval;
    const sorted = this.#times.toSorted((a, b) => a - b);
    const at = (share: number) => sorted[Math.floor(share * sorted.length)] ?? 0;
    const latest = Math.max(LATEST_FIRST.intervals * interval, LATEST_FIRST.share * at(0.5));
    return Math.max(interval, Math.min(latest, at(EARLY_SHARE)));
  }
}

/** When to look again at anything else, such as an instance that is on its way from one state to another. */
export function nextLook(awaited: Awaited): number {
  return inTime(awaited, nextTime(awaited));
}

function nextTime({ from, now, interval }: Awaited): number {
  return now + Math.max(interval, (now - from) * LATER_SHARE);
}

function inTime({ now, deadline }: Awaited, time: number): number {
  return deadline > now ? Math.min(time, deadline) : time;
}
