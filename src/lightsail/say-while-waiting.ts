import { setTimeout as delay } from 'node:timers/promises';
import type { CallOptions } from './api.js';

/** How often somebody who waits is told so, in milliseconds. */
export const SAY_SO = 2_000;

/**
 * Waits for something, and calls `onWait` now and then until it is there. Whatever `onWait` throws ends the wait: its
 * activity isn't wanted any more.
 *
 * @param wait - is to leave when its signal aborts
 */
export async function sayWhileWaiting<T>(
  { abortSignal, onWait }: Pick<CallOptions, 'abortSignal' | 'onWait'>,
  saySo: number,
  wait: (signal: AbortSignal | undefined) => Promise<T>,
): Promise<T> {
  if (onWait === undefined) return wait(abortSignal);
  const over = new AbortController();
  const signals = [over.signal, ...(abortSignal === undefined ? [] : [abortSignal])];
  const saying = sayAgain(onWait, saySo, over.signal);
  saying.catch(() => undefined);
  try {
    return await Promise.race([wait(AbortSignal.any(signals)), saying]);
  } finally {
    over.abort();
  }
}

/** Ends by what `onWait` throws only; once it is over, nobody looks. */
async function sayAgain(onWait: () => void | Promise<void>, saySo: number, over: AbortSignal): Promise<never> {
  for (;;) {
    await delay(saySo, undefined, { signal: over });
    await onWait();
  }
}
