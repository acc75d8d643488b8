import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readCalendar } from '../../src/activities/calendar.js';
import type { Calendar, Window } from '../../src/rollout/calendar.js';

const office: Window = {
  days: ['mon', 'tue', 'wed', 'thu', 'fri'],
  from: '09:00',
  to: '16:00',
  timezone: 'Europe/Stockholm',
};
const at = (iso: string) => Date.parse(iso);
const iso = (ms: number | undefined) => (ms === undefined ? undefined : new Date(ms).toISOString());

function read(calendar: Partial<Calendar>, now: string): string {
  const reading = readCalendar({ windows: [], freeze: [], ...calendar }, at(now));
  return `${reading.open ? 'open' : reading.for} until ${iso(reading.until) ?? 'ever'}`;
}

describe('windows', () => {
  it.each([
    ['in the window', '2026-11-25T10:00:00Z', 'open until 2026-11-25T15:00:00.000Z'],
    ['at its first moment', '2026-11-25T08:00:00Z', 'open until 2026-11-25T15:00:00.000Z'],
    ['at its last moment', '2026-11-25T14:59:59Z', 'open until 2026-11-25T15:00:00.000Z'],
    ['when it has just closed', '2026-11-25T15:00:00Z', 'window until 2026-11-26T08:00:00.000Z'],
    ['before it opens', '2026-11-25T07:59:59Z', 'window until 2026-11-25T08:00:00.000Z'],
    ['on Friday evening', '2026-11-27T18:00:00Z', 'window until 2026-11-30T08:00:00.000Z'],
    ['in summer time', '2026-07-01T07:00:00Z', 'open until 2026-07-01T14:00:00.000Z'],
  ])('are read %s', (_, now, expected) => {
    expect(read({ windows: [office] }, now)).toBe(expected);
  });

  it('go over midnight where they end before they begin', () => {
    const night: Window = { days: ['fri'], from: '22:00', to: '04:00', timezone: 'UTC' };
    expect(read({ windows: [night] }, '2026-11-28T03:00:00Z')).toBe('open until 2026-11-28T04:00:00.000Z');
    expect(read({ windows: [night] }, '2026-11-28T04:00:00Z')).toBe('window until 2026-12-04T22:00:00.000Z');
  });

  it('that follow one another are one', () => {
    const more: Window = { ...office, from: '16:00', to: '20:00' };
    expect(read({ windows: [office, more] }, '2026-11-25T10:00:00Z')).toBe('open until 2026-11-25T19:00:00.000Z');
  });

  it('that are left out leave all time open', () => {
    expect(read({}, '2026-11-25T10:00:00Z')).toBe('open until ever');
  });
});

describe('when clocks change', () => {
  const early: Window = { days: ['sun'], from: '02:30', to: '05:00', timezone: 'Europe/Stockholm' };

  it('in spring, a window that begins in the hour that is skipped opens after it', () => {
    expect(read({ windows: [early] }, '2026-03-29T01:00:00Z')).toBe('window until 2026-03-29T01:30:00.000Z');
    expect(read({ windows: [early] }, '2026-03-29T01:30:00Z')).toBe('open until 2026-03-29T03:00:00.000Z');
  });

  it('in spring, a window that lies wholly in the hour that is skipped comes a week later', () => {
    const gap: Window = { days: ['sun'], from: '02:00', to: '03:00', timezone: 'America/New_York' };
    expect(read({ windows: [gap] }, '2026-03-02T12:00:00Z')).toBe('window until 2026-03-15T06:00:00.000Z');
  });

  it('in autumn, a window that begins in the hour that comes twice opens the second time', () => {
    expect(read({ windows: [early] }, '2026-10-25T00:30:00Z')).toBe('window until 2026-10-25T01:30:00.000Z');
  });

  it('in autumn, a window that ends in the hour that comes twice closes the first time', () => {
    const late: Window = { days: ['sun'], from: '00:00', to: '02:30', timezone: 'Europe/Stockholm' };
    expect(read({ windows: [late] }, '2026-10-25T00:00:00Z')).toBe('open until 2026-10-25T00:30:00.000Z');
    expect(read({ windows: [late] }, '2026-10-25T01:00:00Z')).toMatch(/^window until 2026-10-31T23:00/);
  });
});

describe('freezes', () => {
  const holidays = { from: '2026-12-20', to: '2027-01-02', reason: 'holidays' };

  it('close from their first day to the end of their last', () => {
    expect(read({ freeze: [holidays] }, '2026-12-19T23:59:59Z')).toBe('open until 2026-12-20T00:00:00.000Z');
    expect(read({ freeze: [holidays] }, '2026-12-20T00:00:00Z')).toBe('freeze until 2027-01-03T00:00:00.000Z');
    expect(read({ freeze: [holidays] }, '2027-01-02T23:59:59Z')).toBe('freeze until 2027-01-03T00:00:00.000Z');
  });

  it('are followed by the next window, not by the end of the freeze alone', () => {
    expect(read({ windows: [office], freeze: [holidays] }, '2026-12-25T12:00:00Z')).toBe(
      'freeze until 2027-01-04T08:00:00.000Z',
    );
  });

  it('say why', () => {
    expect(readCalendar({ windows: [], freeze: [holidays] }, at('2026-12-25T12:00:00Z'))).toMatchObject({
      open: false,
      reason: 'holidays',
    });
  });

  it('one after the other, more than anybody means, are passed over a thousand at a time', () => {
    const day = (index: number) => new Date(at('2026-12-01') + index * 86_400_000).toISOString().slice(0, 10);
    const freeze = Array.from({ length: 1_500 }, (_, index) => ({ from: day(index), to: day(index) }));
    expect(read({ freeze }, '2026-12-01T12:00:00Z')).toBe(`freeze until ${day(1_000)}T00:00:00.000Z`);
    expect(read({ freeze }, `${day(1_000)}T00:00:00Z`)).toBe(`freeze until ${day(1_500)}T00:00:00.000Z`);
  });

  it('have a time zone of their own where one is given', () => {
    const freeze = [{ ...holidays, timezone: 'America/New_York' }];
    expect(read({ freeze }, '2026-12-20T04:59:59Z')).toBe('open until 2026-12-20T05:00:00.000Z');
  });
});

it('never says open for a moment that is closed, nor the other way round, up to the time it names', () => {
  const zones = fc.constantFrom('UTC', 'Europe/Stockholm', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kolkata');
  const time = fc
    .integer({ min: 0, max: 47 })
    .map((half) => `${String(Math.floor(half / 2)).padStart(2, '0')}:${half % 2 ? '30' : '00'}`);
  const window = fc.record({
    days: fc.subarray<Window['days'][number]>(['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'], { minLength: 1 }),
    from: time,
    to: time,
    timezone: zones,
  });
  const moment = fc.integer({ min: at('2026-01-01T00:00:00Z'), max: at('2027-12-31T00:00:00Z') });
  fc.assert(
    fc.property(
      fc.array(window, { minLength: 1, maxLength: 3 }),
      moment,
      fc.double({ min: 0, max: 1, noNaN: true }),
      (windows, now, part) => {
        const calendar = { windows, freeze: [] };
        const first = readCalendar(calendar, now);
        if (first.until === undefined || !Number.isFinite(first.until)) return;
        expect(first.until).toBeGreaterThan(now);
        const between = now + Math.floor((first.until - now) * part * 0.999);
        expect(readCalendar(calendar, between).open).toBe(first.open);
        if (first.until - now < 8 * 86_400_000) expect(readCalendar(calendar, first.until).open).toBe(!first.open);
      },
    ),
    { numRuns: 300 },
  );
});
