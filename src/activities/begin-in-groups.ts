import { setTimeout as delay } from 'node:timers/promises';

/** So many changes of a worker begin at once, */
export const GROUP = 10;

/** and as many again after so many milliseconds: 250 a second at most. */
export const INTERVAL = 40;

/**
 * Lets the changes of a worker begin in small groups. Many that are begun at once go on in step: each asks AWS and the
 * server for the same as all others, at the same time, and then waits as they do.
 *
 * @returns waits for the turn of one more
 */
export function beginInGroups(): () => Promise<void> {
  let start = Number.NEGATIVE_INFINITY;
  let size = 0;
  return async () => {
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
