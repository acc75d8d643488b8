import { setTimeout as delay } from 'node:timers/promises';
import { isRationed, type Lightsail } from '../lightsail/index.js';

/** Changes in one group. */
export const GROUP = 10;

/** Milliseconds from the start of one group to that of the next; so 250 changes a second, taken over a while. */
export const INTERVAL = 40;

/**
 * Lets the changes of a worker begin in small groups. Many that are begun at once go on in step: each asks AWS and the
 * server for the same as all others, at the same time, and then waits as they do. Where calls are paced they come apart
 * by themselves, and begin at once, since they share their first reading.
 *
 * @returns a function that resolves when one more may begin
 */
export function beginInGroups(): (lightsail: Pick<Lightsail, 'reserveWrite'>) => Promise<void> {
  let start = Number.NEGATIVE_INFINITY;
  let size = 0;
  return async (lightsail) => {
    if (isRationed(lightsail)) return;
    const now = performance.now();
    const isOver = now >= start + INTERVAL;
    if (isOver || size === GROUP) {
      start = isOver ? now : start + INTERVAL;
      size = 0;
    }
    size += 1;
    if (start > now) await delay(Math.ceil(start - now));
  };
}

export type AwaitGroup = ReturnType<typeof beginInGroups>;
