import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { retryThrottled, THROTTLE_BASE_MS, THROTTLE_CAP_MS } from '../../src/lightsail/index.js';
import { retryThrottledCalls } from '../../src/lightsail/retry-throttled.js';
import { fakePages, throttled } from './fake.js';

/** A call that is throttled some times, on a clock that only counts. */
function throttledCall(times: number) {
  const waits: number[] = [];
  let calls = 0;
  return {
    waits,
    calls: () => calls,
    call: async () => {
      calls += 1;
      if (calls <= times) throw throttled();
      return 'done';
    },
    sleep: async (ms: number) => {
      waits.push(ms);
    },
  };
}

test('a call that is not throttled is made once, without a wait', async () => {
  const { call, calls, sleep, waits } = throttledCall(0);
  expect(await retryThrottled(call, { sleep })).toBe('done');
  expect([calls(), waits]).toEqual([1, []]);
});

test('waits double from the base to the cap, and the call goes on for as long as it takes', async () => {
  const { call, sleep, waits } = throttledCall(2_000);
  expect(await retryThrottled(call, { sleep, random: () => 1 })).toBe('done');
  expect(waits.slice(0, 8)).toEqual([500, 1_000, 2_000, 4_000, 8_000, 16_000, 20_000, 20_000]);
  expect(waits).toHaveLength(2_000);
  expect(waits.at(-1)).toBe(THROTTLE_CAP_MS);
});

test('each wait is drawn from the whole span, from nothing to the limit of its turn', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.integer({ min: 1, max: 12 }),
      async (drawn, times) => {
        const { call, sleep, waits } = throttledCall(times);
        await retryThrottled(call, { sleep, random: () => drawn });
        expect(waits).toEqual(
          Array.from({ length: times }, (_, n) => drawn * Math.min(THROTTLE_CAP_MS, THROTTLE_BASE_MS * 2 ** n)),
        );
      },
    ),
    { numRuns: 50 },
  );
});

test('the caller hears of every throttled answer before the wait', async () => {
  const heard: string[] = [];
  const { call, sleep } = throttledCall(2);
  await retryThrottled(call, {
    sleep,
    random: () => 0.5,
    onThrottled: (problem, waitMs) => heard.push(`${problem.name} ${waitMs}`),
  });
  expect(heard).toEqual(['ThrottlingException 250', 'ThrottlingException 500']);
});

test.each(['ServiceException', 'AccessDeniedException', 'InvalidInputException', 'NotFoundException', 'SyntaxError'])(
  '%s is thrown on as it is, at once and after throttling',
  async (name) => {
    const error = Object.assign(new Error('no'), { name });
    const answers = [error, throttled(), error];
    const call = () => Promise.reject(answers.shift());
    const sleep = async () => {};
    await expect(retryThrottled(call, { sleep })).rejects.toBe(error);
    await expect(retryThrottled(call, { sleep })).rejects.toBe(error);
    expect(answers).toEqual([]);
  },
);

describe('an abort ends it with the reason of the signal', () => {
  const reason = new Error('cancelled');

  test('before the first call', async () => {
    const { call, calls } = throttledCall(0);
    await expect(retryThrottled(call, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(calls()).toBe(0);
  });

  test('during a wait on the real clock', async () => {
    const controller = new AbortController();
    const { call, calls } = throttledCall(Number.POSITIVE_INFINITY);
    const retried = retryThrottled(call, {
      signal: controller.signal,
      random: () => 1,
      onThrottled: () => queueMicrotask(() => controller.abort(reason)),
    });
    await expect(retried).rejects.toBe(reason);
    expect(calls()).toBe(1);
  });

  test('after a sleep that ends early without an error', async () => {
    const controller = new AbortController();
    const { call, calls } = throttledCall(Number.POSITIVE_INFINITY);
    const sleep = async () => controller.abort(reason);
    await expect(retryThrottled(call, { signal: controller.signal, sleep })).rejects.toBe(reason);
    expect(calls()).toBe(1);
  });
});

describe('a Lightsail whose calls are repeated while throttled', () => {
  const waits = { sleep: async () => {} };

  test('repeats each of them', async () => {
    const calls: string[] = [];
    const once = (name: string) => async () => {
      calls.push(name);
      if (calls.filter((each) => each === name).length === 1) throw throttled();
      return { $metadata: {} };
    };
    const { lightsail } = fakePages([]);
    const patient = retryThrottledCalls(
      {
        ...lightsail,
        getInstance: once('one'),
        getInstances: once('all'),
        updateInstanceMetadataOptions: once('update'),
        getInstanceMetricData: once('metrics'),
        getOperations: once('operations'),
        getRegions: once('regions'),
      },
      waits,
    );
    await patient.getInstance({ instanceName: 'web-1' });
    await patient.getInstances({});
    await patient.updateInstanceMetadataOptions({ instanceName: 'web-1' });
    await patient.getOperations({});
    await patient.getRegions({});
    const twice = ['one', 'all', 'update', 'operations', 'regions'].flatMap((name) => [name, name]);
    expect(calls).toEqual(twice);
    expect(patient.reserveWrite).toBeUndefined();
  });

  test('has turns for writes where the one below has', async () => {
    const reserved: unknown[] = [];
    const { lightsail } = fakePages([]);
    const patient = retryThrottledCalls({ ...lightsail, reserveWrite: async (call) => void reserved.push(call) });
    await patient.reserveWrite?.({ urgent: true });
    expect(reserved).toEqual([{ urgent: true }]);
  });

  test('leaves a wait that is broken off by something else than its signal', async () => {
    const broken = new Error('the clock has stopped');
    const call = () => Promise.reject(throttled());
    await expect(retryThrottled(call, { sleep: () => Promise.reject(broken) })).rejects.toBe(broken);
  });
});
