import { ActivityCancelledError } from '@temporalio/client';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { WriteFence } from '../../src/activities/write-fence.js';
import { monotonicNow } from '../../src/lightsail/index.js';
import type { ChangeRecord } from '../../src/rollout/change.js';
import { type ActivityHereOptions, activityHere } from '../support/activity-here.js';

const WROTE: ChangeRecord = { wrote: true, at: 1_000, waited: 40_000, accepted: false, errors: 2 };

const refuses = (error: unknown) => () => Promise.reject(error);
const cancels = refuses(new ActivityCancelledError('asked for'));

function fenced({ record, ...options }: ActivityHereOptions & { record?: ChangeRecord } = {}) {
  const here = activityHere({ ...options, info: { heartbeatDetails: record, ...options.info } });
  return { ...here, fence: new WriteFence(here.context, false) };
}

/** A monotonic clock that goes on only when it is told to, until the test ends. */
function stoppedClock(): (ms: number) => void {
  let now = 0;
  const clock = vi.spyOn(performance, 'now').mockImplementation(() => now);
  onTestFinished(() => clock.mockRestore());
  return (ms) => {
    now += ms;
  };
}

describe('an attempt begins', () => {
  it('with what the one before it has recorded', () => {
    expect(fenced({ record: WROTE }).fence.record).toEqual(WROTE);
  });

  it('as if nothing was written, or as if an Update was sent just now where one may have been', () => {
    const { context } = activityHere();
    const fresh = new WriteFence(context, false);
    expect([fresh.record, fresh.wroteAt]).toEqual([{ wrote: false, errors: 0 }, undefined]);
    stoppedClock();
    const fence = new WriteFence(context, true);
    expect([fence.record, fence.wroteAt]).toEqual([{ wrote: true, errors: 0 }, monotonicNow()]);
  });

  it('with as much of the deadline gone as the one before it has recorded, whatever the two clocks say', () => {
    stoppedClock();
    expect(fenced({ record: WROTE }).fence.wroteAt).toBe(monotonicNow() - 40_000);
  });

  it('with no call that is wanted where it was cancelled before that', () => {
    const here = activityHere();
    here.end({ cancelRequested: true });
    const { signal } = new WriteFence(here.context, false);
    expect(signal.reason).toBe(here.context.cancellationSignal.reason);
  });
});

describe('a cancellation', () => {
  it('before the write aborts calls', () => {
    const { fence, end } = fenced();
    end({ cancelRequested: true });
    expect(fence).toMatchObject({ isCancelled: true, isFollowing: false, signal: { aborted: true } });
  });

  it('after the write aborts none: the change is followed to its end', () => {
    const { fence, end } = fenced({ record: WROTE });
    end({ cancelRequested: true });
    expect(fence).toMatchObject({ isCancelled: true, isFollowing: true, signal: { aborted: false } });
    expect(() => fence.throwIfMoot()).not.toThrow();
  });

  it.each([{ workerShutdown: true }, { paused: true }, { reset: true }, { notFound: true }])(
    'that is none, but %j, ends the attempt even after the write',
    (why) => {
      const { fence, end } = fenced({ record: WROTE });
      end(why);
      expect(fence).toMatchObject({ isCancelled: false, signal: { aborted: true } });
      expect(() => fence.throwIfMoot()).toThrow(expect.objectContaining({ type: 'AttemptEnded', nonRetryable: false }));
    },
  );
});

describe('the record of a write', () => {
  it('is there once the server has acknowledged it, and not before', async () => {
    const seen: boolean[] = [];
    const { fence, told } = fenced({ acknowledge: async () => void seen.push(fence.record.wrote) });
    expect(await fence.recordWrite()).toBe(true);
    expect(seen).toEqual([false]);
    expect(fence.record).toMatchObject({ wrote: true, accepted: false, errors: 0 });
    expect(told).toEqual([{ how: 'acknowledged', details: { ...fence.record, waited: 0 } }]);
  });

  it('keeps the errors so far', async () => {
    const { fence } = fenced({ record: { wrote: false, errors: 2 } });
    await fence.recordWrite();
    expect(fence.record).toMatchObject({ wrote: true, errors: 2 });
  });

  it('is not made once cancellation was asked for', async () => {
    const { fence, want, told } = fenced();
    want({ cancelRequested: true });
    expect(await fence.recordWrite()).toBe(false);
    expect(fence.record.wrote).toBe(false);
    expect(told).toEqual([]);
  });

  it('is not made where the server answers that cancellation was asked for', async () => {
    const acknowledge = vi.fn(cancels);
    const { fence } = fenced({ acknowledge });
    expect(await fence.recordWrite()).toBe(false);
    expect(fence).toMatchObject({ isCancelled: true, record: { wrote: false } });
    expect(await fence.recordWrite()).toBe(false);
    expect(acknowledge).toHaveBeenCalledOnce();
  });

  it('that the server does not take ends the attempt, which is tried again', async () => {
    const { fence } = fenced({ acknowledge: refuses(new Error('the run is closed')) });
    await expect(fence.recordWrite()).rejects.toMatchObject({
      type: 'RecordRefused',
      nonRetryable: false,
      message: "the server didn't acknowledge the record of this change: the run is closed",
    });
    expect(fence).toMatchObject({ isCancelled: false, record: { wrote: false } });
  });

  it('that the server does not take while the worker stops ends the attempt as that does', async () => {
    const { fence, end } = fenced({
      acknowledge: async () => {
        end({ workerShutdown: true });
        throw new Error('the connection is closed');
      },
    });
    await expect(fence.recordWrite()).rejects.toMatchObject({ type: 'AttemptEnded' });
    expect(fence.record.wrote).toBe(false);
  });
});

describe('heartbeats', () => {
  it('before the write are acknowledged, and come after a fifth of the heartbeat timeout', async () => {
    const pass = stoppedClock();
    const { fence, told } = fenced({ info: { heartbeatTimeoutMs: 20_000 } });
    for (const ms of [0, 3_999, 1, 3_999, 1]) {
      pass(ms);
      await fence.beat();
    }
    expect(told.map(({ how }) => how)).toEqual(['acknowledged', 'acknowledged']);
  });

  it('after the write are plain, and come after three fifths of it', async () => {
    const pass = stoppedClock();
    const { fence, told } = fenced({ record: WROTE, info: { heartbeatTimeoutMs: 20_000 } });
    for (const ms of [0, 11_999, 1, 6_000, 5_999, 1]) {
      pass(ms);
      await fence.beat();
    }
    expect(told).toEqual([
      { how: 'plain', details: { ...WROTE, waited: 52_000 } },
      { how: 'plain', details: { ...WROTE, waited: 64_000 } },
    ]);
  });

  it('that are plain and on their way do not overwrite a newer record: it is sent after them', async () => {
    const pass = stoppedClock();
    const { fence, told } = fenced({ record: WROTE, info: { heartbeatTimeoutMs: 1_500 } });
    await fence.recordError();
    pass(1_000);
    await fence.beat();
    await fence.recordError();
    expect(told).toEqual([
      { how: 'acknowledged', details: { ...WROTE, errors: 3 } },
      { how: 'plain', details: { ...WROTE, errors: 3, waited: 41_000 } },
      { how: 'acknowledged', details: { ...WROTE, errors: 4, waited: 41_000 } },
      { how: 'plain', details: { ...WROTE, errors: 4, waited: 41_000 } },
    ]);
  });

  it('end the wait for a turn where cancellation came before the write, and go on after it', async () => {
    const before = fenced();
    const after = fenced({ record: WROTE });
    for (const { end } of [before, after]) end({ cancelRequested: true });
    await expect(before.fence.beatOn()).rejects.toThrow('cancelled before the write');
    await expect(after.fence.beatOn()).resolves.toBeUndefined();
  });
});

describe('the next attempt is told', () => {
  it('what the server does not know yet, and nothing twice', async () => {
    const pass = stoppedClock();
    const { fence, told } = fenced();
    await fence.recordWrite();
    fence.handOver();
    fence.recordAccepted('request-1');
    fence.handOver();
    fence.handOver();
    expect(told.slice(1)).toEqual([
      { how: 'plain', details: expect.objectContaining({ wrote: true, accepted: true, request: 'request-1' }) },
    ]);
    pass(5_000);
    fence.handOver();
    expect(told.at(-1)?.details).toMatchObject({ accepted: true, waited: 5_000 });
  });

  it('of an error that the server could not be told of, since the change is followed after a cancellation', async () => {
    stoppedClock();
    const { fence, told, end } = fenced({ record: WROTE });
    end({ cancelRequested: true });
    await fence.recordError();
    expect(told).toEqual([]);
    fence.handOver();
    expect(told).toEqual([{ how: 'plain', details: { ...WROTE, errors: 3 } }]);
  });
});

describe('a pause', () => {
  const LONG = 600_000;

  it('ends early where cancellation comes before the write', async () => {
    const { fence, end } = fenced();
    const pause = fence.pause(LONG);
    end({ cancelRequested: true });
    await expect(pause).resolves.toBeUndefined();
  });

  it('ends early where the server answers a heartbeat so, of which the worker does not know yet', async () => {
    const { fence, context } = fenced({ acknowledge: cancels, info: { heartbeatTimeoutMs: 30 } });
    await fence.pause(LONG);
    expect(fence.isCancelled).toBe(true);
    expect(context.cancellationSignal.aborted).toBe(false);
  });

  it('ends early after the write too where the worker stops', async () => {
    const { fence, end } = fenced({ record: WROTE });
    const pause = fence.pause(LONG);
    end({ workerShutdown: true });
    await expect(pause).resolves.toBeUndefined();
  });

  it('goes on after the write, though it is cancelled', async () => {
    const { fence, end } = fenced({ record: WROTE });
    end({ cancelRequested: true });
    const since = Date.now();
    await fence.pause(50);
    expect(Date.now() - since).toBeGreaterThanOrEqual(50);
  });

  it('tells the server several times within its patience that the attempt lives', async () => {
    const here = fenced({
      info: { heartbeatTimeoutMs: 300 },
      acknowledge: async () => {
        if (here.told.length === 3) here.end({ workerShutdown: true });
      },
    });
    const since = Date.now();
    await here.fence.pause(LONG);
    expect(here.told).toHaveLength(4);
    expect(Date.now() - since).toBeGreaterThanOrEqual(235);
  });

  it('tells the server only now and then where it awaits no heartbeat', async () => {
    const { fence, told } = fenced();
    await fence.pause(100);
    expect(told).toEqual([]);
  });
});
