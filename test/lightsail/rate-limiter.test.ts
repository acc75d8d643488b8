import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import type { Lightsail } from '../../src/lightsail/api.js';
import { limitCalls, type PacingLimits, RateLimiter } from '../../src/lightsail/rate-limiter.js';
import type { WaitClock } from '../../src/lightsail/wait-clock.js';
import { until } from '../support/wait.js';
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
function hammer(limiter: RateLimiter, service: Service, callers: number, calls = Number.POSITIVE_INFINITY): void {
  for (let caller = 0; caller < callers; caller += 1) {
    void (async () => {
      for (let call = 0; call < calls; call += 1) {
        await limiter.turn('read');
        if (!service.call()) limiter.throttled();
      }
    })();
  }
}

describe('a rate limiter', () => {
  it('lets a burst go at once, and then the rate', async () => {
    const clock = new VirtualClock();
    const limiter = new RateLimiter({ ratePerSecond: 5, burst: 10 }, clock);
    const service = new Service({ ratePerSecond: 1_000, burst: 1_000 }, clock);
    hammer(limiter, service, 50);
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
      const limiter = new RateLimiter({ ratePerSecond: ceiling, burst: 10 }, clock);
      const service = new Service({ ratePerSecond: limit, burst: limit }, clock);
      hammer(limiter, service, 100);
      await clock.run(320_000);
      const late = service.calls.filter(({ at }) => at > 20_000);
      const done = late.filter(({ ok }) => ok).length;
      expect(done / (limit * 300)).toBeGreaterThan(0.88);
      expect((late.length - done) / late.length).toBeLessThan(0.05);
    },
  );

  it('learns how many calls may go at once, where a busy process lets them pile up', async () => {
    const clock = new VirtualClock();
    const limiter = new RateLimiter({ ratePerSecond: 5, burst: 10 }, clock);
    const service = new Service({ ratePerSecond: 5, burst: 5 }, clock);
    // Nothing is wanted for four seconds, and then much at once.
    for (let round = 0; round < 75; round += 1) {
      hammer(limiter, service, 12, 1);
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
        const limiter = new RateLimiter(limits, clock);
        const service = new Service({ ratePerSecond: 1_000, burst: 1_000 }, clock);
        hammer(limiter, service, 20);
        for (const pause of pauses) {
          await clock.run(pause);
          limiter.throttled();
          expect(limiter.rate).toBeGreaterThan(0.1);
        }
        const last = clock.now() / 1_000;
        expect(service.calls.length).toBeLessThanOrEqual(limits.burst + limits.ratePerSecond * last + 1);
      }),
      { numRuns: 50 },
    );
  });

  it('lets a write go before the readings that wait', async () => {
    const clock = new VirtualClock();
    const limiter = new RateLimiter({ ratePerSecond: 1, burst: 1 }, clock);
    const order: string[] = [];
    const kinds = ['read', 'read', 'read', 'write', 'read', 'write'] as const;
    for (const kind of kinds) void limiter.turn(kind).then(() => order.push(kind));
    await clock.run(60_000);
    expect(order).toEqual(['read', 'write', 'write', 'read', 'read', 'read']);
  });

  it('gives the place of one that leaves to the next', async () => {
    const clock = new VirtualClock();
    const limiter = new RateLimiter({ ratePerSecond: 1, burst: 1 }, clock);
    await limiter.turn('read');
    const leaving = new AbortController();
    const left = limiter.turn('read', leaving.signal);
    let isNext = false;
    void limiter.turn('read').then(() => {
      isNext = true;
    });
    leaving.abort(new Error('cancelled'));
    await expect(left).rejects.toThrow('cancelled');
    await expect(limiter.turn('read', leaving.signal)).rejects.toThrow('cancelled');
    await clock.run(1_000);
    expect(isNext).toBe(true);
  });

  it('comes back to its ceiling where the limit was raised', async () => {
    const clock = new VirtualClock();
    const limiter = new RateLimiter({ ratePerSecond: 10, burst: 1 }, clock);
    limiter.throttled();
    expect(limiter.rate).toBe(5);
    await clock.run(120_000);
    expect(limiter.rate).toBe(10);
  });
});

/** Answers as it is told, and knows who asked. */
function service(answer: () => Promise<unknown> = async () => ({ $metadata: {} })) {
  const calls: string[] = [];
  const method = (name: string) => async () => {
    calls.push(name);
    return answer();
  };
  const lightsail = {
    getInstance: method('get'),
    getInstances: method('list'),
    updateInstanceMetadataOptions: method('update'),
    getInstanceMetricData: method('metrics'),
    getOperations: method('operations'),
    getRegions: method('regions'),
  } as unknown as Lightsail;
  return { calls, lightsail };
}

/** The first call goes at once; the next one has to wait for ever, as far as a test is concerned. */
const SLOW = { ratePerSecond: 0.001, burst: 1 };

describe('limited calls', () => {
  it('wait for their turn, all of one limiter together', async () => {
    const { calls, lightsail } = service();
    const limited = limitCalls(lightsail, new RateLimiter({ ratePerSecond: 0.001, burst: 2 }));
    await limited.getInstance({ instanceName: 'web-1' });
    await limited.getInstances({});
    const leaving = new AbortController();
    const third = limited.getInstance({ instanceName: 'web-2' }, { abortSignal: leaving.signal });
    leaving.abort(new Error('not wanted'));
    await expect(third).rejects.toThrow('not wanted');
    expect(calls).toEqual(['get', 'list']);
  });

  it('let the reading that a reserved Update waits for go before other Updates', async () => {
    const { calls, lightsail } = service();
    const limited = limitCalls(lightsail, new RateLimiter({ ratePerSecond: 200, burst: 1 }));
    const work = [
      limited.getInstances({}),
      limited.getInstance({ instanceName: 'web-1' }),
      limited.updateInstanceMetadataOptions({ instanceName: 'web-2' }),
      limited.getInstance({ instanceName: 'web-3' }, { urgent: true }),
    ];
    await Promise.all(work);
    expect(calls).toEqual(['list', 'get', 'update', 'get']);
  });

  it('send a reserved Update without another wait', async () => {
    const { calls, lightsail } = service();
    const limited = limitCalls(lightsail, new RateLimiter(SLOW));
    await limited.reserveWrite?.();
    await limited.updateInstanceMetadataOptions({ instanceName: 'web-1' }, { reserved: true });
    expect(calls).toEqual(['update']);
  });

  it('slow the limiter down where the service throttles, and only there', async () => {
    const limiter = new RateLimiter({ ratePerSecond: 8, burst: 8 });
    const failing = (name: string) =>
      limitCalls(service(() => Promise.reject(Object.assign(new Error(name), { name }))).lightsail, limiter);
    await expect(failing('ServiceException').getInstances({})).rejects.toThrow();
    expect(limiter.rate).toBe(8);
    await expect(failing('ThrottlingException').getInstances({})).rejects.toThrow();
    expect(limiter.rate).toBeLessThan(5);
  });

  it('say now and then that they wait, and leave where nobody wants them any more', async () => {
    const { calls, lightsail } = service();
    const limited = limitCalls(lightsail, new RateLimiter(SLOW), 10);
    await limited.getInstances({});
    const onWait = vi.fn();
    const leaving = new AbortController();
    const waiting = limited.getInstances({}, { onWait, abortSignal: leaving.signal });
    const moot = limited.getInstances({}, { onWait: () => Promise.reject(new Error('terminated')) });
    await expect(moot).rejects.toThrow('terminated');
    await until(() => expect(onWait.mock.calls.length).toBeGreaterThan(2));
    leaving.abort(new Error('cancelled'));
    await expect(waiting).rejects.toThrow('cancelled');
    expect(calls).toEqual(['list']);
  });

  it('are metrics and the list of regions too', async () => {
    const { calls, lightsail } = service();
    const limited = limitCalls(lightsail, new RateLimiter({ ratePerSecond: 0.001, burst: 1 }));
    await limited.getRegions({});
    const leaving = new AbortController();
    const metrics = limited.getInstanceMetricData(METRICS, { abortSignal: leaving.signal });
    leaving.abort(new Error('not wanted'));
    await expect(metrics).rejects.toThrow('not wanted');
    expect(calls).toEqual(['regions']);
  });
});

const METRICS = {
  instanceName: 'web-1',
  metricName: 'MetadataNoToken',
  period: 60,
  startTime: new Date(0),
  endTime: new Date(1),
  unit: 'Count',
  statistics: ['Sum'],
} as const satisfies Parameters<Lightsail['getInstanceMetricData']>[0];
