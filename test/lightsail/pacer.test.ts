import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CallKind, Pacer, type PacingLimits } from '../../src/lightsail/pacer.js';
import type { WaitClock } from '../../src/lightsail/wait-clock.js';
import { VirtualClock } from './virtual-clock.js';

/** A service with a limit of its own, as a token bucket. */
class Service {
  #tokens: number;
  #at = 0;
  readonly calls: { readonly at: number; readonly ok: boolean }[] = [];

  constructor(
    private readonly limits: PacingLimits,
    private readonly clock: WaitClock,
  ) {
    this.#tokens = limits.burst;
  }

  call(): boolean {
    const now = this.clock.now();
    this.#tokens = Math.min(this.limits.burst, this.#tokens + ((now - this.#at) / 1_000) * this.limits.ratePerSecond);
    this.#at = now;
    const ok = this.#tokens >= 1;
    if (ok) this.#tokens -= 1;
    this.calls.push({ at: now, ok });
    return ok;
  }
}

/** Calls without end, as so many activities do; or so many calls each. */
function hammer(pacer: Pacer, service: Service, callers: number, calls = Number.POSITIVE_INFINITY): void {
  for (let caller = 0; caller < callers; caller += 1) {
    void (async () => {
      for (let call = 0; call < calls; call += 1) {
        await pacer.turn('read');
        if (!service.call()) pacer.throttled();
      }
    })();
  }
}

describe('a pacer', () => {
  it('lets a burst go at once, and then the rate', async () => {
    const clock = new VirtualClock();
    const pacer = new Pacer({ ratePerSecond: 5, burst: 10 }, clock);
    const service = new Service({ ratePerSecond: 1_000, burst: 1_000 }, clock);
    hammer(pacer, service, 50);
    await clock.run(10_000);
    expect(service.calls.filter(({ at }) => at === 0)).toHaveLength(10);
    expect(service.calls.length).toBeGreaterThanOrEqual(58);
    expect(service.calls.length).toBeLessThanOrEqual(60);
  });

  it.each([
    [5, 10],
    [5, 50],
    [2, 20],
    [20, 25],
  ])(
    'under a limit of %d a second and a ceiling of %d is seldom throttled and loses little',
    async (limit, ceiling) => {
      const clock = new VirtualClock();
      const pacer = new Pacer({ ratePerSecond: ceiling, burst: 10 }, clock);
      const service = new Service({ ratePerSecond: limit, burst: limit }, clock);
      hammer(pacer, service, 100);
      await clock.run(320_000);
      const late = service.calls.filter(({ at }) => at > 20_000);
      const done = late.filter(({ ok }) => ok).length;
      expect(done / (limit * 300)).toBeGreaterThan(0.88);
      expect((late.length - done) / late.length).toBeLessThan(0.05);
    },
  );

  it('learns how many calls may go at once, where a busy process lets them pile up', async () => {
    const clock = new VirtualClock();
    const pacer = new Pacer({ ratePerSecond: 5, burst: 10 }, clock);
    const service = new Service({ ratePerSecond: 5, burst: 5 }, clock);
    // Nothing is wanted for four seconds, and then much at once.
    for (let round = 0; round < 75; round += 1) {
      hammer(pacer, service, 12, 1);
      await clock.run(4_000);
    }
    const late = service.calls.filter(({ at }) => at > 20_000);
    expect(late.filter(({ ok }) => !ok).length / late.length).toBeLessThan(0.02);
  });

  it('never goes above its ceiling, whatever is throttled', async () => {
    const limits = { ratePerSecond: 8, burst: 4 };
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 5_000 }), { maxLength: 30 }), async (pauses) => {
        const clock = new VirtualClock();
        const pacer = new Pacer(limits, clock);
        const service = new Service({ ratePerSecond: 1_000, burst: 1_000 }, clock);
        hammer(pacer, service, 20);
        for (const pause of pauses) {
          await clock.run(pause);
          pacer.throttled();
          expect(pacer.rate).toBeGreaterThan(0.1);
        }
        const last = clock.now() / 1_000;
        expect(service.calls.length).toBeLessThanOrEqual(limits.burst + limits.ratePerSecond * last + 1);
      }),
      { numRuns: 50 },
    );
  });

  it('lets a write go before the readings that wait', async () => {
    const clock = new VirtualClock();
    const pacer = new Pacer({ ratePerSecond: 1, burst: 1 }, clock);
    const order: CallKind[] = [];
    const kinds: CallKind[] = ['read', 'read', 'read', 'write', 'read', 'write'];
    for (const kind of kinds) void pacer.turn(kind).then(() => order.push(kind));
    await clock.run(60_000);
    expect(order).toEqual(['read', 'write', 'write', 'read', 'read', 'read']);
  });

  it('gives the place of one that leaves to the next', async () => {
    const clock = new VirtualClock();
    const pacer = new Pacer({ ratePerSecond: 1, burst: 1 }, clock);
    await pacer.turn('read');
    const leaving = new AbortController();
    const left = pacer.turn('read', leaving.signal);
    let isNext = false;
    void pacer.turn('read').then(() => {
      isNext = true;
    });
    leaving.abort(new Error('cancelled'));
    await expect(left).rejects.toThrow('cancelled');
    await expect(pacer.turn('read', leaving.signal)).rejects.toThrow('cancelled');
    await clock.run(1_000);
    expect(isNext).toBe(true);
  });

  it('comes back to its ceiling where the limit was raised', async () => {
    const clock = new VirtualClock();
    const pacer = new Pacer({ ratePerSecond: 10, burst: 1 }, clock);
    pacer.throttled();
    expect(pacer.rate).toBe(5);
    await clock.run(120_000);
    expect(pacer.rate).toBe(10);
  });
});
