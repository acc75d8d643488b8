import { setTimeout as delay } from 'node:timers/promises';
import type { CallOptions, Lightsail } from './api.js';
import { classifyError } from './errors.js';
import type { CallKind, Pacer } from './pacer.js';

/**
 * A Lightsail whose calls wait for their turn, and slow the pacer down where the service throttles them.
 *
 * @param saySo - how often a call that waits says so, in milliseconds
 */
export function pacedCalls(lightsail: Lightsail, pacer: Pacer, saySo = 2_000): Lightsail {
  const ready = (kind: CallKind, call?: CallOptions) => waitForTurn(pacer, kind, saySo, call);
  const paced = async <T>(kind: CallKind, call: CallOptions | undefined, send: () => Promise<T>): Promise<T> => {
    if (call?.reserved !== true) await ready(kind, call);
    try {
      return await send();
    } catch (error) {
      if (classifyError(error).kind === 'throttled') pacer.throttled();
      throw error;
    }
  };
  return {
    getInstance: (request, call) => paced('read', call, () => lightsail.getInstance(request, call)),
    getInstances: (request, call) => paced('read', call, () => lightsail.getInstances(request, call)),
    updateInstanceMetadataOptions: (request, call) =>
      paced('write', call, () => lightsail.updateInstanceMetadataOptions(request, call)),
    getInstanceMetricData: (request, call) => paced('read', call, () => lightsail.getInstanceMetricData(request, call)),
    getRegions: (request, call) => paced('read', call, () => lightsail.getRegions(request, call)),
    reserveWrite: (call) => ready('write', call),
  };
}

async function waitForTurn(
  pacer: Pacer,
  kind: CallKind,
  saySo: number,
  { abortSignal, onWait }: CallOptions = {},
): Promise<void> {
  if (onWait === undefined) return pacer.turn(kind, abortSignal);
  const over = new AbortController();
  const signals = [over.signal, ...(abortSignal === undefined ? [] : [abortSignal])];
  const waiting = sayWhileWaiting(onWait, saySo, over.signal);
  waiting.catch(() => undefined);
  try {
    // Whatever `onWait` throws ends the call: its activity isn't wanted any more.
    await Promise.race([pacer.turn(kind, AbortSignal.any(signals)), waiting]);
  } finally {
    over.abort();
  }
}

/** Never ends by itself. */
async function sayWhileWaiting(onWait: () => void | Promise<void>, saySo: number, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await delay(saySo, undefined, { signal }).catch(() => undefined);
    if (!signal.aborted) await onWait();
  }
}
