import { setTimeout as delay } from 'node:timers/promises';

/** Milliseconds; so a worker begins 250 changes a second at most. */
export const APART = 4;

/**
 * Lets the changes of a worker begin one after the other. Begun all at once they would go on in step: each would ask
 * AWS and the server for the same as all others, at the same time, and then wait as they do.
 *
 * @returns waits for the turn of one more
 */
export function beginApart(): () => Promise<void> {
  let next = 0;
  return async () => {
    const now = performance.now();
    const turn = Math.max(now, next);
    next = turn + APART;
    if (turn > now) await delay(Math.ceil(turn - now));
  };
}
