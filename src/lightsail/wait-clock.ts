import { setTimeout as delay } from 'node:timers/promises';

/** Time as somebody sees it who waits; a test has its own. */
export interface WaitClock {
  /** Milliseconds. */
  now(): number;
  /** Ends early where the signal aborts, and doesn't throw then. */
  sleep(ms: number, signal: AbortSignal | undefined): Promise<void>;
}

const sleep: WaitClock['sleep'] = async (ms, signal) => {
  await delay(ms, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
};

/** For rates: nobody sets it. */
export const STEADY_CLOCK: WaitClock = { now: () => performance.now(), sleep };

/** For times that others know as well: since the epoch. */
export const WALL_CLOCK: WaitClock = { now: () => Date.now(), sleep };
