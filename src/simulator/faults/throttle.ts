import { type Scope, scopeKey } from '../world/instance.js';

/** How many calls a scope may make. */
export interface ThrottleRate {
  readonly ratePerSecond: number;
  readonly burst: number;
}

interface Bucket {
  tokens: number;
  filledAt: number;
}

/** A token bucket for each account and region. */
export class Throttle {
  private readonly buckets = new Map<string, Bucket>();

  constructor(private readonly rate: ThrottleRate | undefined) {}

  /** Takes a token; false when the scope has none left and the call is to be throttled. */
  admit(scope: Scope, now: number): boolean {
    if (!this.rate) return true;
    const { ratePerSecond, burst } = this.rate;
    const key = scopeKey(scope);
    const bucket = this.buckets.get(key) ?? { tokens: burst, filledAt: now };
    this.buckets.set(key, bucket);
    bucket.tokens = Math.min(burst, bucket.tokens + ((now - bucket.filledAt) / 1000) * ratePerSecond);
    bucket.filledAt = now;
    if (bucket.tokens < 1) return false;
    bucket.tokens -= 1;
    return true;
  }
}
