/** So many of the last changes tell how long the next one takes. */
const SAMPLES = 50;

/** And so many, until when none was done. */
const REMEMBERED = 200;

/** Fewer say nothing. */
const LEAST_SAMPLES = 5;

/** The first look comes when this share of the changes is done. */
const EARLY_SHARE = 0.1;

/** And no later than this share of the time that half of them take, or this many intervals; more, where all take as long. */
const LATEST_FIRST = { share: 0.5, intervals: 2, intervalsIfAlike: 10 } as const;

/** All take as long where none was done sooner than this much before others were under way still. */
const ALIKE = 0.1;

/** A look that comes just too early costs another one, and its interval: it comes by this share later than the last that did. */
const MARGIN = 0.02;

/** Where that time isn't known as well as that, one in so many, told by the time of their writes, looks earlier and finds it out. */
const PROBES = 10;

/** Those that were done the soonest, and went on for the longest, are left out of account. */
const OUTLIERS = { applied: 0.05, pending: 0.1 } as const;

/** Between two looks passes at least this share of the time since the write. */
const LATER_SHARE = 0.1;

/** A change that was found applied; milliseconds since its write. */
export interface SeenChange {
  /** The last time it was still seen under way; 0 if it never was. */
  readonly pending: number;
  readonly applied: number;
}

/** An instance that is waited for; times are milliseconds by the monotonic clock. */
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
 * when a tenth of the last changes were done if that is later, or when all were where all take as long; but after some
 * intervals or half of their median at the latest. The next ones follow after an interval, or after a tenth of the time since the write if that is longer: what takes seconds is seen in
 * seconds, and what takes minutes isn't asked after every five seconds.
 */
export class ChangePace {
  #seen: readonly SeenChange[] = [];

  learn({ pending, applied }: SeenChange): void {
    this.#seen = [...this.#seen, { pending: Math.max(0, pending), applied: Math.max(0, applied) }].slice(-REMEMBERED);
  }

  /**
   * When to look at a change that was accepted: at the round nearest to the time that fits. Rounds are the multiples of
   * the interval, for every scope and, as far as their clocks agree, every worker: looked at together, targets end together, and the next ones begin on what
   * the same calls have read.
   */
  nextRound(awaited: Awaited): number {
    return inTime(awaited, Math.round(this.#plan(awaited) / awaited.interval) * awaited.interval);
  }

  /** When to look at it by itself, where calls cost nothing. */
  nextLook(awaited: Awaited): number {
    return inTime(awaited, this.#plan(awaited));
  }

  #plan(awaited: Awaited): number {
    const { from, interval } = awaited;
    return Math.max(
      from + Math.max(interval, this.#firstLook(interval, Math.floor(from) % PROBES === 0)),
      nextTime(awaited),
    );
  }

  #firstLook(interval: number, isProbe: boolean): number {
    if (this.#seen.length < LEAST_SAMPLES) return interval;
    const last = this.#seen.slice(-SAMPLES);
    // It was done somewhere between two looks. Without a first one half of the time is a guess, which makes the next first
    // look come earlier where a scope has become quicker.
    const times = last.map(({ pending, applied }) => (pending + applied) / 2);
    const latest = (intervals: number) => Math.max(intervals * interval, LATEST_FIRST.share * quantile(times, 0.5));
    const applied = quantile(
      last.map((seen) => seen.applied),
      OUTLIERS.applied,
    );
    const pending = quantile(
      this.#seen.flatMap((seen) => (seen.pending > 0 ? [seen.pending] : [])),
      1 - OUTLIERS.pending,
    );
    if (pending > applied * (1 + ALIKE)) return Math.min(latest(LATEST_FIRST.intervals), quantile(times, EARLY_SHARE));
    const done = Math.max(pending * (1 + MARGIN), applied);
    const isKnown = done - pending <= ALIKE * done;
    return Math.min(latest(LATEST_FIRST.intervalsIfAlike), isProbe && !isKnown ? (pending + done) / 2 : done);
  }
}

/** 0 where there are none. */
function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(share * sorted.length)] ?? 0;
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
