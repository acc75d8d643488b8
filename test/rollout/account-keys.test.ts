import { describe, expect, it, test } from 'vitest';
import {
  AccountKeys,
  describeRefusal,
  type KeysRefused,
  remindAfter,
  waitingForKeys,
} from '../../src/rollout/account-keys.js';

const OWN: KeysRefused = { region: 'us-east-1', isLapsed: true, why: 'ExpiredTokenException: it has ended' };
const OTHER: KeysRefused = { ...OWN, account: '444455556666' };
const MINUTE = 60_000;

describe('an account whose keys are refused', () => {
  it('is waited for once, and probed after five seconds', () => {
    const keys = new AccountKeys();
    expect(keys.first).toBeUndefined();
    expect(keys.refuse(OTHER, 1_000)).toEqual({ since: 1_000, probeAfter: 5_000 });
    expect(keys.refuse({ ...OTHER, region: 'eu-west-1' }, 2_000)).toBeUndefined();
    expect(keys.first).toEqual({ refused: OTHER, since: 1_000, isGivenUp: false });
    expect(keys.find('444455556666')).toEqual(keys.first);
    expect(keys.find(undefined)).toBeUndefined();
  });

  it('is another than the own account of the worker', () => {
    const keys = new AccountKeys();
    keys.refuse(OTHER, 0);
    expect(keys.refuse(OWN, 0)).toBeDefined();
    keys.accept('444455556666', 1);
    expect(keys.first?.refused).toEqual(OWN);
    keys.accept('777788889999', 1);
    expect(keys.first?.refused).toEqual(OWN);
  });

  it('has had accepted calls in the regions that were read, by its name or as the own account', () => {
    const keys = new AccountKeys();
    keys.noteAccepted({ account: '444455556666', region: 'us-east-1' });
    expect(keys.hasAccepted(OTHER)).toBe(true);
    expect(keys.hasAccepted({ ...OTHER, region: 'eu-west-1' })).toBe(false);
    expect(keys.hasAccepted(OWN)).toBe(false);
    keys.noteAccepted({ region: 'eu-west-1' });
    expect(keys.hasAccepted({ ...OTHER, region: 'eu-west-1' })).toBe(true);
  });

  it('is probed ever less often where it is refused again as soon as it was accepted, and waits since the first time', () => {
    const keys = new AccountKeys();
    const waits: (number | undefined)[] = [];
    for (let now = 0; now < 6 * MINUTE; now += MINUTE) {
      const begun = keys.refuse(OWN, now);
      expect(begun?.since).toBe(0);
      waits.push(begun?.probeAfter);
      keys.accept(undefined, now + 1_000);
    }
    expect(waits).toEqual([5_000, 10_000, 20_000, 40_000, 60_000, 60_000]);
    expect(keys.refuse(OWN, 60 * MINUTE)).toEqual({ since: 60 * MINUTE, probeAfter: 5_000 });
  });

  it('is waited for no longer once it was given up, and may be again', () => {
    const keys = new AccountKeys();
    keys.giveUp(undefined);
    expect(keys.givenUp).toBeUndefined();
    keys.refuse(OWN, 0);
    keys.giveUp(undefined);
    expect(keys.first).toBeUndefined();
    expect(keys.givenUp).toMatchObject({ refused: OWN, isGivenUp: true });
    expect(keys.refuse(OWN, MINUTE)).toEqual({ since: 0, probeAfter: 5_000 });
    expect(keys.givenUp).toBeUndefined();
  });
});

test('who waits is told which account it is, and what to renew', () => {
  expect(describeRefusal(OTHER)).toBe(
    "the keys for account 444455556666 are refused in us-east-1: renew the worker's credentials for it, or mend what hands them out; it goes on by itself (ExpiredTokenException: it has ended)",
  );
  expect(describeRefusal({ ...OWN, isLapsed: false })).toMatch(
    /^the keys for the worker's own account are .*: correct the worker's credentials for it;/,
  );
  expect(describeRefusal({ ...OWN, why: 'x'.repeat(300) })).toHaveLength(300);
});

test('the wait is shown with its end', () => {
  const held = { refused: OWN, since: 0, isGivenUp: false };
  const iso = (ms: number) => new Date(ms).toISOString();
  expect(waitingForKeys(held, 60_000, iso)).toEqual({
    for: 'credentials',
    since: '1970-01-01T00:00:00.000Z',
    until: '1970-01-01T00:01:00.000Z',
    reason: describeRefusal(OWN),
  });
});

test('it is notified of again and again: after a quarter of an hour, an hour, and then every four', () => {
  expect([1, 2, 3, 4, 50].map((told) => remindAfter(told) / MINUTE)).toEqual([15, 60, 240, 240, 240]);
});
