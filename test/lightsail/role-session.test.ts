import { describe, expect, it } from 'vitest';
import { RoleSession, sessionName } from '../../src/lightsail/role-session.js';

/** A role whose sessions last an hour on a clock of the test's own. */
function role({ lastsMs = 3_600_000 } = {}) {
  const clock = { now: 0 };
  const opened: string[] = [];
  const failures: Error[] = [];
  const session = new RoleSession(
    async () => {
      const failure = failures.shift();
      if (failure !== undefined) throw failure;
      opened.push(`key-${opened.length + 1}`);
      const keys = { accessKeyId: opened.at(-1) ?? '', secretAccessKey: 'secret', sessionToken: 'token' };
      return { keys, openedAt: clock.now, lifetime: lastsMs };
    },
    () => clock.now,
  );
  return { clock, opened, failures, session };
}

describe('the session of a role', () => {
  it('is opened once, however many want its keys', async () => {
    const { opened, session } = role();
    const all = await Promise.all(Array.from({ length: 20 }, () => session.keys()));
    expect(new Set(all.map(({ accessKeyId }) => accessKeyId))).toEqual(new Set(['key-1']));
    expect(opened).toHaveLength(1);
  });

  it('is renewed five minutes before its end, over any number of days', async () => {
    const { clock, opened, session } = role();
    for (let hour = 0; hour < 72; hour += 1) {
      await session.keys();
      clock.now += 3_300_000 - 1;
      await session.keys();
      expect(opened).toHaveLength(hour + 1);
      clock.now += 1;
    }
  });

  it('that is shorter than that is renewed after three quarters of its life', async () => {
    const { clock, opened, session } = role({ lastsMs: 1_000 });
    await session.keys();
    clock.now = 749;
    await session.keys();
    expect(opened).toHaveLength(1);
    clock.now = 750;
    await session.keys();
    expect(opened).toHaveLength(2);
  });

  it('is opened again after its keys were refused, once for all who were', async () => {
    const { opened, session } = role();
    const keys = await session.keys();
    await Promise.all([session.drop(keys), session.drop(keys)]);
    const others = await session.keys();
    await session.drop(keys);
    expect(await session.keys()).toBe(others);
    expect(opened).toHaveLength(2);
  });

  it('that could not be opened is tried again the next time', async () => {
    const { failures, opened, session } = role();
    failures.push(new Error('not now'));
    await expect(session.keys()).rejects.toThrow('not now');
    expect((await session.keys()).accessKeyId).toBe('key-1');
    expect(opened).toHaveLength(1);
  });
});

it.each([
  [undefined, 'imds-rollout'],
  ['imds-rollout-prod', 'imds-rollout-prod'],
  ['imds-rollout-prod/rollback/0198abcd', 'imds-rollout-prod-rollback-0198abcd'],
  ['ünd so weiter', '-nd-so-weiter'],
  ['x', 'imds-rollout-x'],
  ['', 'imds-rollout-'],
  ['y'.repeat(100), 'y'.repeat(64)],
])('a session for %j is named %j', (purpose, name) => {
  expect(sessionName(purpose)).toBe(name);
  expect(name).toMatch(/^[\w+=,.@-]{2,64}$/);
});
