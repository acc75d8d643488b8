import { FRESH } from './recent-readings.js';

/** Those who want a reading now wait for others for this share of their interval, and so many milliseconds at most. */
const GATHERING = { share: 1 / 50, most: 100 } as const;

/** A sweep of more pages takes longer than single reads, which are all made at once. */
const QUICK_PAGES = 2;

/** One that waits for a reading, and for which no call of its own is under way. */
export interface Idle {
  /** From when on it may be served by a call; milliseconds, by the clock of the poller. */
  readonly due: number;
  /** Until when it waits for others to be served with. */
  readonly until: number;
  /** The sweep under way was begun for it. */
  readonly isSwept: boolean;
  /** A sweep has not shown it: only a call of its own says why. */
  readonly isAlone: boolean;
}

/** Where the poller stands. */
export interface PollState {
  readonly now: number;
  /** Of the scope; as far as is known. */
  readonly pages: number;
  readonly isSweeping: boolean;
  /** The last sweep has not failed a moment ago. */
  readonly maySweep: boolean;
  /** Calls have to wait for their turn: the fewer, the sooner all are served. */
  readonly isRationed: boolean;
}

/** The calls to begin now: single reads for some, and one sweep for others. */
export interface PollRound<W> {
  readonly singles: readonly W[];
  readonly sweep: readonly W[];
}

/**
 * Whoever is due now is served together: by a sweep where more of them are due than the scope has pages, or as many and
 * others wait; by single reads otherwise, and where calls don't have to wait for their turn and there are many pages.
 *
 * While a sweep is under way, those that become due wait for it: for a second, or until it ends where they are too many for
 * single reads.
 */
export function planRound<W extends Idle>(idle: readonly W[], { now, pages, ...state }: PollState): PollRound<W> {
  const due = idle.filter(
    (waiter) => !waiter.isSwept && (waitsForSweep(waiter, state) ? waiter.due + FRESH : waiter.due) <= now,
  );
  const together = due.filter(({ isAlone }) => !isAlone);
  const others = idle.length - due.length;
  const isWorthSweep = together.length > pages || (together.length === pages && others > 0);
  if (!state.maySweep || !isWorthSweep || !(state.isRationed || pages <= QUICK_PAGES))
    return { singles: due, sweep: [] };
  return { singles: due.filter(({ isAlone }) => isAlone), sweep: state.isSweeping ? [] : together };
}

/** When the next one is due; undefined where nobody waits, or all wait for the end of a sweep. */
export function nextRoundAt(idle: readonly Idle[], { now, ...state }: PollState): number | undefined {
  const times = idle.map((waiter) => (waitsForSweep(waiter, state) ? waiter.due + FRESH : waiter.until));
  const next = (state.isSweeping ? times.filter((time) => time > now) : times).reduce(
    (least, time) => Math.min(least, time),
    Number.POSITIVE_INFINITY,
  );
  return next === Number.POSITIVE_INFINITY ? undefined : next;
}

/** Until when to wait for others: not at all where there were none for a while. */
export function gatherUntil(look: { readonly due: number; readonly interval: number }, now: number, quietFor: number) {
  const gathering = Math.min(GATHERING.most, look.interval * GATHERING.share);
  return look.due > now || quietFor > gathering ? look.due : now + gathering;
}

function waitsForSweep({ isAlone }: Idle, { isSweeping }: Pick<PollState, 'isSweeping'>): boolean {
  return isSweeping && !isAlone;
}
