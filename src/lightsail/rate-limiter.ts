import { type CallOptions, type Lightsail, passOthers } from './api.js';
import { classifyError } from './errors.js';
import { SAY_SO, sayWhileWaiting } from './say-while-waiting.js';
import { MONOTONIC_CLOCK, type WaitClock } from './wait-clock.js';

/** The ceiling of one account and region. No rate is published by AWS (lightsail-api.md, quotas). */
export interface PacingLimits {
  /** Calls a second, at most. */
  readonly ratePerSecond: number;
  /** Calls that may go out at once after a quiet time. */
  readonly burst: number;
}

/** Conservative, and without bursts: no second sees more. 20 instances a region are the default quota, and one call lists them. */
export const DEFAULT_PACING: PacingLimits = { ratePerSecond: 5, burst: 1 };

/** In the order in which they go: a write before any number of readings, and what it waits for before all. */
const CALL_KINDS = ['urgent', 'write', 'read'] as const;
type CallKind = (typeof CALL_KINDS)[number];

/** The rate never falls below this share of the ceiling. */
const LEAST_SHARE = 1 / 64;

/** What is throttled within this time of a cut was sent before it, and says nothing of the new rate; milliseconds. */
const SETTLING = 1_000;

/** Right after a cut the rate is half; it goes back quickly to this share of where it was cut, and then slowly on. */
const BACK_TO = 0.9;

/** Shares of the known limit that the rate grows by in a second, up to it and beyond it; and share of its ceiling that the burst does. */
const GROWTH = { below: 0.2, above: 0.01, burst: 0.01 } as const;

interface Waiter {
  readonly kind: CallKind;
  readonly go: () => void;
}

/**
 * Keeps the calls to one account and region to a rate: a token bucket whose rate and burst are halved where Lightsail
 * throttles, and recover slowly, so that it stays just below a limit that nobody has published. One for all activities of a
 * process: several processes share the limit by meeting it.
 *
 * @example
 * await limiter.turn('read', signal);
 * try { await call(); } catch (error) { if (isThrottled(error)) limiter.throttled(); throw error; }
 */
export class RateLimiter {
  readonly #waiting: Record<CallKind, Waiter[]> = { urgent: [], write: [], read: [] };
  #rate: number;
  /** Where the rate was last cut: about the limit. */
  #limit: number;
  #tokens: number;
  /** How many calls may go at once: learned as the rate is, since nobody publishes it either. */
  #burst: number;
  #at: number;
  #cutAt = Number.NEGATIVE_INFINITY;
  #isServing = false;

  constructor(
    private readonly limits: PacingLimits = DEFAULT_PACING,
    private readonly clock: WaitClock = MONOTONIC_CLOCK,
  ) {
    this.#rate = limits.ratePerSecond;
    this.#limit = limits.ratePerSecond;
    this.#tokens = limits.burst;
    this.#burst = limits.burst;
    this.#at = clock.now();
  }

  /** Calls a second, now. */
  get rate(): number {
    this.#refill();
    return this.#rate;
  }

  /**
   * Waits until a call may go out, and takes its place.
   *
   * @throws the signal's reason where it aborts before that
   */
  async turn(kind: CallKind, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    await new Promise<void>((resolve, reject) => {
      const leave = () => {
        const queue = this.#waiting[kind];
        queue.splice(queue.indexOf(waiter), 1);
        reject(signal?.reason);
      };
      const waiter: Waiter = {
        kind,
        go: () => {
          signal?.removeEventListener('abort', leave);
          resolve();
        },
      };
      signal?.addEventListener('abort', leave, { once: true });
      this.#waiting[kind].push(waiter);
      void this.#serve();
    });
  }

  /** Lightsail has refused a call for its rate. */
  throttled(): void {
    this.#refill();
    this.#tokens = Math.min(this.#tokens, 0);
    if (this.clock.now() - this.#cutAt < SETTLING) return;
    this.#cutAt = this.clock.now();
    this.#limit = this.#rate;
    this.#rate = Math.max(this.limits.ratePerSecond * LEAST_SHARE, this.#rate / 2);
    this.#burst = Math.max(1, this.#burst / 2);
  }

  async #serve(): Promise<void> {
    if (this.#isServing) return;
    this.#isServing = true;
    try {
      for (let next = this.#next(); next !== undefined; next = this.#next()) {
        this.#refill();
        if (this.#tokens >= 1) {
          this.#tokens -= 1;
          this.#waiting[next.kind].shift();
          next.go();
        } else {
          await this.clock.sleep(Math.ceil(((1 - this.#tokens) / this.#rate) * 1_000), undefined);
        }
      }
    } finally {
      this.#isServing = false;
    }
  }

  #next(): Waiter | undefined {
    return CALL_KINDS.flatMap((kind) => this.#waiting[kind].slice(0, 1))[0];
  }

  #refill(): void {
    const now = this.clock.now();
    const seconds = Math.max(0, now - this.#at) / 1_000;
    this.#at = now;
    this.#burst = Math.min(this.limits.burst, this.#burst + seconds * this.limits.burst * GROWTH.burst);
    this.#tokens = Math.min(this.#burst, this.#tokens + seconds * this.#rate);
    const missing = Math.max(0, BACK_TO * this.#limit - this.#rate);
    const quick = Math.min(seconds, missing / (GROWTH.below * this.#limit));
    const grown = this.#rate + (quick * GROWTH.below + (seconds - quick) * GROWTH.above) * this.#limit;
    this.#rate = Math.min(this.limits.ratePerSecond, grown);
  }
}

/**
 * A Lightsail whose calls wait for their turn, and slow the limiter down where the service throttles them.
 *
 * @param saySo - how often a call that waits says so, in milliseconds
 */
export function limitCalls(lightsail: Lightsail, limiter: RateLimiter, saySo = SAY_SO): Lightsail {
  const ready = (kind: CallKind, call: CallOptions = {}) =>
    sayWhileWaiting(call, saySo, (signal) => limiter.turn(kind, signal));
  const limited = async <T>(kind: CallKind, call: CallOptions | undefined, send: () => Promise<T>): Promise<T> => {
    if (call?.reserved !== true) await ready(kind, call);
    call?.onSend?.();
    try {
      return await send();
    } catch (error) {
      if (classifyError(error).kind === 'throttled') limiter.throttled();
      throw error;
    }
  };
  return {
    getInstance: (request, call) =>
      limited(call?.urgent === true ? 'urgent' : 'read', call, () => lightsail.getInstance(request, call)),
    getInstances: (request, call) => limited('read', call, () => lightsail.getInstances(request, call)),
    updateInstanceMetadataOptions: (request, call) =>
      limited('write', call, () => lightsail.updateInstanceMetadataOptions(request, call)),
    getInstanceMetricData: (request, call) =>
      limited('read', call, () => lightsail.getInstanceMetricData(request, call)),
    getOperations: (request, call) => limited('read', call, () => lightsail.getOperations(request, call)),
    getRegions: (request, call) => limited('read', call, () => lightsail.getRegions(request, call)),
    reserveWrite: (call) => ready('write', call),
    ...passOthers(lightsail),
  };
}
