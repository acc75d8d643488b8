import type { ActivityCancellationDetailsOptions } from '@temporalio/common';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { type ApplyInput, createApply } from '../../src/activities/apply.js';
import { createRestore } from '../../src/activities/restore.js';
import { ServerTime } from '../../src/activities/server-time.js';
import type { Lightsail } from '../../src/lightsail/index.js';
import { type ActivityHereOptions, activityHere } from '../support/activity-here.js';
import { ARN, lightsailOf, shown } from '../support/fake-lightsail.js';

const MINUTE = 60_000;
const settings = { timeout: 10 * MINUTE, pollInterval: 5, maxErrors: 1 };
const [OLD, NEW] = [{ httpTokens: 'optional' }, { httpTokens: 'required' }] as const;
const target = { arn: ARN, name: 'web-7', before: OLD, desired: NEW };

/** This machine's wall clock, which the test sets; the monotonic one goes on as ever. */
function wallClock(): { offset: number } {
  const real = Date.now;
  const wall = { offset: 0 };
  const clock = vi.spyOn(Date, 'now').mockImplementation(() => real() + wall.offset);
  onTestFinished(() => clock.mockRestore());
  return wall;
}

/** One instance, of which each change stays pending for some readings. */
class Instance {
  readonly updates: string[] = [];
  tokens: 'optional' | 'required';
  pending = 0;
  /** What else happens at each call. */
  onCall: (what: 'read' | 'update' | 'updated') => void = () => undefined;
  /** What happens once the connection of an Update stands. */
  onConfirm: () => void = () => undefined;
  confirmed = 0;

  constructor(
    tokens: 'optional' | 'required' = 'optional',
    private readonly lasts = 4,
  ) {
    this.tokens = tokens;
  }

  get lightsail(): Lightsail {
    return lightsailOf({
      getInstance: async () => {
        this.onCall('read');
        const state = this.pending > 0 ? 'pending' : 'applied';
        this.pending -= 1;
        return { $metadata: {}, instance: shown({ metadataOptions: { httpTokens: this.tokens, state } }) };
      },
      updateInstanceMetadataOptions: async ({ httpTokens }, call) => {
        this.onCall('update');
        this.onConfirm();
        this.confirmed += 1;
        call?.confirm?.();
        this.tokens = httpTokens === 'required' ? httpTokens : 'optional';
        this.updates.push(this.tokens);
        this.pending = this.lasts;
        this.onCall('updated');
        return { $metadata: { requestId: 'request-1' }, operation: { status: 'Succeeded' } };
      },
    });
  }
}

function attemptOn(instance: Instance, options: ActivityHereOptions = {}) {
  const here = activityHere(options);
  const { lightsail } = instance;
  return {
    ...here,
    apply: (input: Partial<ApplyInput> = {}) =>
      here.run(() => createApply(() => lightsail)({ target, settings, ...input })),
    restore: () => here.run(() => createRestore(() => lightsail)({ target, settings, keepTokens: false })),
  };
}

const STEPS = [10 * MINUTE, -10 * MINUTE, 365 * 24 * 60 * MINUTE, -365 * 24 * 60 * MINUTE];
const MOMENTS = ['read', 'update', 'updated', 'pending'] as const;
const CASES = STEPS.flatMap((step) => MOMENTS.map((moment) => [step / MINUTE, moment] as const));

describe('a wall clock that is set', () => {
  /** Sets it once, at that moment of the change. */
  function steppingAt(moment: (typeof MOMENTS)[number], minutes: number, instance: Instance): void {
    const wall = wallClock();
    instance.onCall = (what) => {
      const now = what === 'read' && instance.updates.length > 0 ? 'pending' : what;
      if (now === moment && wall.offset === 0) wall.offset = minutes * MINUTE;
    };
  }

  it.each(CASES)(
    'by %d minutes at the moment "%s" neither fails a change nor keeps it waiting',
    async (minutes, moment) => {
      const instance = new Instance();
      steppingAt(moment, minutes, instance);
      expect(await attemptOn(instance).apply()).toMatchObject({ outcome: { kind: 'changed' }, wrote: true });
      expect(instance.updates).toEqual(['required']);
    },
  );

  it.each(CASES)(
    'by %d minutes at the moment "%s" neither fails a restore nor keeps it waiting',
    async (minutes, moment) => {
      const instance = new Instance('required');
      steppingAt(moment, minutes, instance);
      expect(await attemptOn(instance).restore()).toMatchObject({ outcome: { kind: 'restored' } });
      expect(instance.updates).toEqual(['optional']);
    },
  );

  it.each(CASES)('by %d minutes at the moment "%s" leaves the deadline where it is', async (minutes, moment) => {
    const instance = new Instance('optional', Number.POSITIVE_INFINITY);
    steppingAt(moment, minutes, instance);
    const [since, timeout] = [performance.now(), 200];
    const end = await attemptOn(instance).apply({ settings: { ...settings, timeout } });
    expect(end).toMatchObject({ outcome: { kind: 'failed', reason: 'deadline' } });
    expect(performance.now() - since).toBeGreaterThanOrEqual(timeout);
  });
});

describe('a worker that stood still between the record of its Update and the first byte', () => {
  /** It stands once, and by one of its clocks only, as a frozen machine's monotonic clock may stand still too. */
  function freeze(which: 'monotonic' | 'wall', ms: number) {
    const [wall, real] = [wallClock(), performance.now.bind(performance)];
    let stood = 0;
    const monotonic = vi.spyOn(performance, 'now').mockImplementation(() => real() + stood);
    onTestFinished(() => monotonic.mockRestore());
    let isDone = false;
    return () => {
      if (isDone) return;
      isDone = true;
      if (which === 'wall') wall.offset += ms;
      else stood += ms;
    };
  }

  const KINDS = ['monotonic', 'wall'] as const;

  it.each(KINDS)(
    'longer than an Update may take by its %s clock sends it on a new acknowledgement only, and counts nothing',
    async (which) => {
      const instance = new Instance();
      const acknowledged: unknown[] = [];
      const stand = freeze(which, 3_500);
      const seen: number[] = [];
      instance.onConfirm = () => {
        stand();
        seen.push(acknowledged.length);
      };
      const { apply, told } = attemptOn(instance, { acknowledge: async (record) => void acknowledged.push(record) });
      expect(await apply()).toMatchObject({ outcome: { kind: 'changed' } });
      expect(instance.updates).toEqual(['required']);
      expect(seen).toHaveLength(2);
      expect(seen[1]).toBeGreaterThan(seen[0] ?? 0);
      expect(told.at(-1)?.details).toMatchObject({ errors: 0 });
    },
  );

  it.each(KINDS)('whom the server takes for gone meanwhile, by its %s clock, sends nothing', async (which) => {
    const instance = new Instance();
    const stand = freeze(which, 20_000);
    let isGone = false;
    instance.onConfirm = () => {
      stand();
      isGone = true;
    };
    const acknowledge = async () => {
      if (isGone) throw new Error('activity not found');
    };
    await expect(attemptOn(instance, { acknowledge }).apply()).rejects.toMatchObject({ type: 'RecordRefused' });
    expect(instance.updates).toEqual([]);
  });

  it.each(KINDS)('for a moment by its %s clock sends it', async (which) => {
    const instance = new Instance();
    instance.onConfirm = freeze(which, 1_000);
    expect(await attemptOn(instance).apply()).toMatchObject({ outcome: { kind: 'changed' } });
    expect(instance.confirmed).toBe(1);
  });
});

describe.each([15, -15])('a worker whose clock differs by %d minutes from that of the one that died', (minutes) => {
  /** A change that its first worker has left as pending; the next one has another clock. */
  async function takenOver(instance: Instance) {
    const wall = wallClock();
    const first = attemptOn(instance);
    const ending: ActivityCancellationDetailsOptions = { workerShutdown: true };
    instance.onCall = (what) => {
      if (what === 'read' && instance.updates.length > 0) first.end(ending);
    };
    await expect(first.apply()).rejects.toMatchObject({ type: 'AttemptEnded' });
    instance.onCall = () => undefined;
    wall.offset = minutes * MINUTE;
    return attemptOn(instance, { info: { heartbeatDetails: first.told.at(-1)?.details } });
  }

  it('follows the change to its end', async () => {
    const instance = new Instance();
    const next = await takenOver(instance);
    expect(await next.apply()).toMatchObject({ outcome: { kind: 'changed' }, wrote: true });
    expect(instance.updates).toEqual(['required']);
  });

  it('waits for what is left of the deadline, no less and no more', async () => {
    const instance = new Instance('optional', Number.POSITIVE_INFINITY);
    const next = await takenOver(instance);
    const [since, timeout] = [performance.now(), 200];
    const end = await next.apply({ settings: { ...settings, timeout } });
    expect(end).toMatchObject({ outcome: { kind: 'failed', reason: 'deadline' } });
    // The first worker has waited for some of it.
    expect(performance.now() - since).toBeGreaterThanOrEqual(timeout / 2);
  });
});

it('a deadline is used up by all attempts together', async () => {
  const instance = new Instance('required', Number.POSITIVE_INFINITY);
  instance.pending = Number.POSITIVE_INFINITY;
  const record = { wrote: true, at: Date.now(), waited: settings.timeout, accepted: true, errors: 0 };
  const next = attemptOn(instance, { info: { heartbeatDetails: record } });
  expect(await next.apply()).toMatchObject({ outcome: { kind: 'failed', reason: 'deadline' } });
});

describe('the end of a window', () => {
  const HOUR = 60 * MINUTE;

  /** The server: this attempt was scheduled, and handed out to a worker, so long ago. */
  function server({ scheduled = 0, started = 0, isAway = false }) {
    const now = Date.now();
    const asked = vi.fn(async () => {
      if (isAway) throw new Error('it is away');
      const seconds = Math.floor((now - started) / 1_000);
      return { pendingActivities: [{ activityId: '7', lastStartedTime: { seconds, nanos: 0 } }] };
    });
    const options = {
      info: { currentAttemptScheduledTimestampMs: now - scheduled },
      client: { workflowService: { describeWorkflowExecution: asked } },
    };
    return { options, asked, now };
  }

  it.each([
    ['agree that it has come', {}, 0, -MINUTE, true, 0],
    ['agree that it has not', {}, 0, MINUTE, false, 0],
    ['differ, as the clock is ahead', {}, 15 * MINUTE, MINUTE, false, 1],
    ['differ, as the clock is behind', {}, -15 * MINUTE, -MINUTE, true, 0],
    ['differ, as the attempt waited for a worker for an hour', { scheduled: HOUR }, 0, -MINUTE, true, 1],
    ['differ, and nobody can be asked', { isAway: true }, 15 * MINUTE, MINUTE, true, 1],
  ])(
    'is judged by the server, where its time and this machine’s clock %s',
    async (_, times, offset, left, isPast, asks) => {
      const { options, asked, now } = server(times);
      const { context } = activityHere(options);
      const time = new ServerTime(context);
      wallClock().offset = offset;
      expect(await time.isPast(now + left)).toBe(isPast);
      expect(asked).toHaveBeenCalledTimes(asks);
    },
  );

  it('lets a worker whose clock is ahead write, and holds what comes too late', async () => {
    const wall = wallClock();
    const [open, closed] = [new Instance(), new Instance()];
    const { options, now } = server({});
    wall.offset = 15 * MINUTE;
    expect(await attemptOn(open, options).apply({ notAfter: now + 5 * MINUTE })).toMatchObject({ wrote: true });
    wall.offset = -15 * MINUTE;
    expect(await attemptOn(closed, options).apply({ notAfter: now - MINUTE })).toEqual({ held: true });
    expect(closed.updates).toEqual([]);
  });
});
