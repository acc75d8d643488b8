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
  // Every change waits here several times: an abort that nobody needs makes an error, which is dear, and so is AbortSignal.any.
  const leaving = new AbortController();
  const leave = () => leaving.abort(abortSignal?.reason);
  if (abortSignal?.aborted) leave();
  else abortSignal?.addEventListener('abort', leave, { once: true });
  let timer: NodeJS.Timeout | undefined;
  let isOver = false;
  const say = async () => {
    try {
      await onWait();
      if (!isOver) timer = setTimeout(say, saySo);
    } catch (error) {
      leaving.abort(error);
    }
  };
  timer = setTimeout(say, saySo);
  try {
    return await wait(leaving.signal);
  } finally {
    isOver = true;
    clearTimeout(timer);
    abortSignal?.removeEventListener('abort', leave);
  }
}
