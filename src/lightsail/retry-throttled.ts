import { setTimeout as delay } from 'node:timers/promises';
import { type Lightsail, passOthers } from './api.js';
import { classifyError, type LightsailProblem } from './errors.js';

/** The longest first wait, in milliseconds; it doubles from one throttled answer to the next. */
export const THROTTLE_BASE_MS = 500;

/** The longest wait ever, in milliseconds. */
export const THROTTLE_CAP_MS = 20_000;

export interface RetryThrottledOptions {
  /** Ends the retries: what is thrown then is the signal's reason. Without it they go on for ever. */
  readonly signal?: AbortSignal;
  /** Called before every wait, so that a caller can heartbeat or slow the whole scope down. */
  readonly onThrottled?: (problem: LightsailProblem, waitMs: number) => void;
  /** From 0 up to 1. */
  readonly random?: () => number;
  readonly sleep?: (ms: number, signal: AbortSignal | undefined) => Promise<void>;
}

/**
 * Repeats a call for as long as Lightsail throttles it, with exponential back-off and full jitter; no rate is published
 * and no Retry-After is sent. A throttled request has had no effect, so a write may be repeated too. Everything else is
 * thrown on.
 *
 * @example const page = await retryThrottled(() => lightsail.getInstances({}), { signal });
 */
export async function retryThrottled<T>(call: () => Promise<T>, options: RetryThrottledOptions = {}): Promise<T> {
  const { signal, onThrottled, random = Math.random, sleep = sleepFor } = options;
  for (let attempt = 0; ; attempt += 1) {
    signal?.throwIfAborted();
    try {
      return await call();
    } catch (error) {
      const problem = classifyError(error);
      if (problem.kind !== 'throttled') throw error;
      const waitMs = random() * Math.min(THROTTLE_CAP_MS, THROTTLE_BASE_MS * 2 ** attempt);
      onThrottled?.(problem, waitMs);
      await sleep(waitMs, signal).catch((interrupted: unknown) => {
        signal?.throwIfAborted();
        throw interrupted;
      });
    }
  }
}

/** A Lightsail whose every call is repeated while throttled, for use with `instancePages`. */
export function retryThrottledCalls(lightsail: Lightsail, options: RetryThrottledOptions = {}): Lightsail {
  return {
    getInstance: (request, call) => retryThrottled(() => lightsail.getInstance(request, call), options),
    getInstances: (request, call) => retryThrottled(() => lightsail.getInstances(request, call), options),
    updateInstanceMetadataOptions: (request, call) =>
      retryThrottled(() => lightsail.updateInstanceMetadataOptions(request, call), options),
    getInstanceMetricData: (request, call) =>
      retryThrottled(() => lightsail.getInstanceMetricData(request, call), options),
    getOperations: (request, call) => retryThrottled(() => lightsail.getOperations(request, call), options),
    getRegions: (request, call) => retryThrottled(() => lightsail.getRegions(request, call), options),
    ...(lightsail.reserveWrite !== undefined && {
      reserveWrite: (call) => lightsail.reserveWrite?.(call) ?? Promise.resolve(),
    }),
    ...passOthers(lightsail),
  };
}

async function sleepFor(ms: number, signal: AbortSignal | undefined): Promise<void> {
  await delay(ms, undefined, signal === undefined ? {} : { signal });
}
