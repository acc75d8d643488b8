import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_DURATION_MS } from '../../src/rollout/duration.js';
import {
  approvalReminders,
  type NotifyInput,
  notificationText,
  statusToTell,
  TOLD_LOG,
} from '../../src/rollout/notification.js';
import type { LogEntry, RolloutStatus } from '../../src/rollout/status.js';

const AT = '2026-11-25T10:00:00.000Z';
const status: RolloutStatus = {
  name: 'prod',
  phase: 'waiting',
  stage: 'rest',
  waiting: { for: 'approval', since: AT },
  counts: { changed: 3, total: 5, inFlight: 0 },
  stages: [],
  budget: { failed: 0 },
  log: [],
};
const notification: NotifyInput = {
  rollout: 'imds-rollout-prod',
  event: 'approval',
  what: 'stage rest waits for an approval',
  status,
};

describe('the text of a notification', () => {
  it('says which rollout, what happened, and how far it is', () => {
    expect(notificationText(notification)).toBe(
      'Rollout prod: stage rest waits for an approval (3 changed, 2 not started, of 5) · imds-rollout-prod',
    );
  });

  it('of a reminder says that it is one', () => {
    expect(notificationText({ ...notification, reminder: true, what: 'half of the time to approve is over.' })).toBe(
      'Rollout prod, reminder: half of the time to approve is over (3 changed, 2 not started, of 5) · imds-rollout-prod',
    );
  });

  it('names the workflow where the rollout has no name yet', () => {
    expect(notificationText({ ...notification, status: { ...status, name: '' } })).toMatch(
      /^Rollout imds-rollout-prod: stage rest [^·]*$/,
    );
  });

  it.each([
    ['a mention', 'failed: <!channel>'],
    ['a link', 'aborted by <https://example.com|ops>'],
    ['lines', 'one\r\ntwo\u2028three\u0000four'],
  ])('lets %s of somebody else be no more than text on one line', (_, what) => {
    const text = notificationText({ ...notification, what });
    expect(text).not.toMatch(/[<>\p{Cc}\u2028]/u);
    expect(text).toContain(what.split(/[<\r]/)[0] ?? '');
  });

  it('is short, whatever happened', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 3_000 }), (what) => {
        expect(notificationText({ ...notification, what }).length).toBeLessThan(500);
      }),
    );
  });
});

describe('the status of a notification', () => {
  const long = '💥'.repeat(5_000);
  const entry = (n: number): LogEntry => ({ at: AT, event: `${n} ${long}`, by: long, reason: long });

  it('is small, however long the status is', () => {
    const told = statusToTell({
      ...status,
      waiting: { for: 'health', since: AT, reason: long },
      stages: Array.from({ length: 20 }, () => ({ name: 'x'.repeat(40), size: 20_000, counts: status.counts })),
      budget: { failed: 1, tripped: long },
      warnings: Array.from({ length: 1_000 }, () => long),
      paused: entry(0),
      aborted: { ...entry(0), mode: 'rollback' },
      log: Array.from({ length: 20 }, (_, n) => entry(n)),
    });
    expect(JSON.stringify(told)).not.toContain('warnings');
    expect(Buffer.byteLength(JSON.stringify(told))).toBeLessThan(32_000);
    expect(told.log.map(({ event }) => event.split(' ')[0])).toEqual(['15', '16', '17', '18', '19']);
    expect(told).toMatchObject({ aborted: { mode: 'rollback' }, waiting: { for: 'health' }, counts: status.counts });
  });

  it('is the status as it is, where it is short', () => {
    const short = { ...status, log: Array.from({ length: TOLD_LOG }, () => ({ at: AT, event: 'pause', by: 'ann' })) };
    expect(statusToTell(short)).toEqual(short);
  });
});

describe('the reminders of an approval', () => {
  const HOUR = 3_600_000;

  it('come at half and at 90 % of its time, and say what is left', () => {
    expect(approvalReminders(10 * HOUR)).toEqual([
      { afterMs: 5 * HOUR, what: 'half of the time to approve is over, 5h left' },
      { afterMs: 9 * HOUR, what: '90 % of the time to approve is over, 1h left' },
    ]);
  });

  it.each([
    [1, 0],
    [300, 0],
    [2_499, 0],
    [2_500, 2],
    [3_000, 2],
    [72 * HOUR, 2],
  ])('of one of %i ms are %i', (timeout, count) => {
    expect(approvalReminders(timeout)).toHaveLength(count);
  });

  it('are in order, in time, a second apart, and never alike', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: MAX_DURATION_MS }), (timeout) => {
        const [half, late] = approvalReminders(timeout);
        if (half === undefined || late === undefined) return;
        expect(late.afterMs - half.afterMs).toBeGreaterThanOrEqual(1_000);
        expect(late.afterMs).toBeLessThan(timeout);
        expect(late.what).not.toBe(half.what);
      }),
    );
  });
});
