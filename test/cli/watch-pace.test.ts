import { describe, expect, it } from 'vitest';
import { type Forecast, PaceMeter, timeLeft } from '../../src/cli/watch/pace.js';
import type { RolloutStatus } from '../../src/rollout/status.js';

const NOW = Date.parse('2026-03-01T12:00:00Z');
const at = (offset: number) => new Date(NOW + offset).toISOString();

function status(changed: number, changes: Partial<RolloutStatus> = {}): RolloutStatus {
  return {
    name: 'prod',
    phase: 'applying',
    stage: 'early',
    waiting: null,
    counts: { total: 100, inFlight: 0, changed },
    stages: [
      { name: 'canary', size: 10, counts: { total: 10, inFlight: 0, changed: 10 } },
      { name: 'early', size: 20, counts: { total: 20, inFlight: 0 } },
      { name: 'rest', size: 70, counts: { total: 70, inFlight: 0 } },
    ],
    budget: { failed: 0 },
    log: [],
    ...changes,
  };
}

const forecast: Forecast = {
  stages: [
    { name: 'canary', bake: 3_600_000, needsApproval: false },
    { name: 'early', bake: 600_000, needsApproval: true },
    { name: 'rest', bake: 300_000, needsApproval: true },
  ],
  hasCalendar: false,
};

/** Looks every half second at a rollout that tells of itself every two. */
function watch(meter: PaceMeter, from: number, seconds: number, look: (second: number) => RolloutStatus): number {
  for (let half = 0; half <= 2 * seconds; half += 1)
    meter.see(look(Math.floor(half / 4) * 2), from + half * 500, 'rollout');
  return from + seconds * 1_000;
}

describe('the pace', () => {
  it('is not told before there is enough to go by', () => {
    const meter = new PaceMeter();
    watch(meter, NOW, 4, (second) => status(10 + second));
    expect(meter.pace()).toBeUndefined();
    const still = new PaceMeter();
    watch(still, NOW, 120, () => status(10));
    expect(still.pace()).toBeUndefined();
  });

  it('is what was settled between steps, whenever one looks', () => {
    const meter = new PaceMeter();
    watch(meter, NOW, 31, (second) => status(10 + second));
    expect(meter.pace()?.perMinute).toBeCloseTo(60, 0);
  });

  it('counts no pause and no bake, but what comes with every stage', () => {
    const held = (second: number) => status(10 + Math.min(second, 20));
    const meter = new PaceMeter();
    const then = watch(meter, NOW, 20, held);
    const paused = watch(meter, then + 500, 600, () => status(30, { waiting: { for: 'paused', since: at(0) } }));
    watch(meter, paused + 500, 20, (second) => status(30 + second));
    expect(meter.pace()?.perMinute).toBeGreaterThan(50);
    watch(meter, paused + 30_000, 60, () => status(50, { waiting: { for: 'bake', since: at(0) } }));
    expect(meter.pace()?.perMinute).toBeLessThan(35);
  });

  it('slows where a step is overdue, and forgets what was long ago', () => {
    const meter = new PaceMeter();
    const then = watch(meter, NOW, 20, (second) => status(second));
    const before = meter.pace()?.perMinute ?? 0;
    const stuck = watch(meter, then, 120, () => status(20));
    expect(meter.pace()?.perMinute).toBeLessThan(before / 3);
    watch(meter, stuck, 360, (second) => status(20 + second));
    expect(meter.pace()?.perMinute).toBeCloseTo(60, 0);
  });

  it('starts anew where nobody has looked for a while', () => {
    const meter = new PaceMeter();
    const then = watch(meter, NOW, 20, (second) => status(second));
    expect(meter.pace()).toBeDefined();
    meter.see(status(90), then + 3_600_000, 'rollout');
    expect(meter.pace()).toBeUndefined();
  });

  it('starts anew on the way back, which is counted by what is back', () => {
    const meter = new PaceMeter();
    watch(meter, NOW, 20, (second) => status(second));
    const back = (second: number): RolloutStatus =>
      status(20 - second, {
        phase: 'reverting',
        counts: { total: 100, inFlight: 0, changed: 20 - second, restored: second },
      });
    meter.see(back(0), NOW + 20_500, 'rollout');
    expect(meter.pace()).toBeUndefined();
    watch(meter, NOW + 21_000, 14, back);
    expect(meter.pace()?.perMinute).toBeCloseTo(60, 0);
  });
});

describe('the time left', () => {
  const pace = { perMinute: 10, seenFor: 60_000 };
  const left = (of: RolloutStatus, known: Parameters<typeof timeLeft>[1] = { pace, forecast }) =>
    timeLeft(of, known, NOW, 'rollout');

  it('is the changes at this pace, and the bakes ahead; approvals are named', () => {
    expect(left(status(20))).toEqual({ ms: 8 * 60_000 + 900_000, bakes: 900_000, without: ['the approval of rest'] });
  });

  it('has of a bake only what is left of it', () => {
    const waiting = { for: 'bake', since: at(-1), until: at(60_000) } as const;
    expect(left(status(30, { waiting }))).toEqual({
      ms: 7 * 60_000 + 360_000,
      bakes: 360_000,
      without: ['the approval of rest'],
    });
    expect(left(status(100, { waiting, stage: 'rest' }), { pace: undefined, forecast })).toEqual({
      ms: 60_000,
      bakes: 60_000,
      without: [],
    });
  });

  it('names what it waits for, where nobody knows for how long', () => {
    const waiting = { for: 'approval', since: at(-1) } as const;
    expect(left(status(10, { waiting }))?.without).toEqual(['the approval of early, rest']);
    const window = { for: 'window', since: at(-1) } as const;
    const calendar = { pace, forecast: { ...forecast, hasCalendar: true } };
    expect(left(status(30, { waiting: window, stage: 'rest' }), calendar)?.without).toEqual([
      'what it waits for now',
      'windows and freezes',
    ]);
  });

  it('is not told without a pace, without the spec, or where it comes to a stop', () => {
    expect(left(status(20), { pace: undefined, forecast })).toBeUndefined();
    expect(left(status(20), { pace, forecast: undefined })).toBeUndefined();
    expect(left(status(20, { phase: 'planning' }))).toBeUndefined();
    expect(left(status(20, { budget: { failed: 3, tripped: 'too many' } }))).toBeUndefined();
    expect(left(status(20, { aborted: { at: at(0), event: 'abort', mode: 'halt' } }))).toBeUndefined();
  });

  it('is on the way back what still stands changed', () => {
    expect(left(status(20, { phase: 'reverting' }))).toEqual({ ms: 120_000, bakes: 0, without: [] });
  });
});
