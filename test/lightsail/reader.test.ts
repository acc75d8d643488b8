import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { instancePages } from '../../src/lightsail/pages.js';
import { InstancePoller, type Look } from '../../src/lightsail/poller.js';
import { pollerOf } from '../../src/lightsail/poller-of.js';
import { until } from '../support/wait.js';
import { throttled } from './fake.js';
import { namesOf, TinyFleet, type TinyFleetOptions } from './tiny-fleet.js';
import { VirtualClock } from './virtual-clock.js';

const INTERVAL = 5_000;

/** A poller over a fleet of so many instances, of whose pages it knows. */
async function pollerOver(count: number, options?: TinyFleetOptions) {
  const { clock, fleet, poller } = newPoller(count, options);
  await clock.finish(listAll(poller));
  // What was listed is no longer fresh.
  await clock.run(2_000);
  fleet.calls.length = 0;
  return { clock, fleet, poller, look: lookWith(poller, clock) };
}

function newPoller(count: number, options?: TinyFleetOptions) {
  const clock = new VirtualClock(1_000_000);
  const fleet = new TinyFleet(clock, namesOf(count), options);
  return { clock, fleet, poller: new InstancePoller(fleet.lightsail, clock) };
}

/** Looks at an instance; what isn't said is now. */
function lookWith(poller: InstancePoller, clock: VirtualClock) {
  return (name: string, changes: Partial<Look> = {}) =>
    poller.look(name, { since: clock.now(), due: clock.now(), interval: INTERVAL, ...changes });
}

async function listAll(poller: InstancePoller): Promise<void> {
  for await (const _ of instancePages(poller.lightsail));
}

describe('a poller', () => {
  it('reads one that comes alone at once, by itself', async () => {
    const { clock, fleet, look } = await pollerOver(100);
    const start = clock.now();
    expect(await clock.finish(look('web-7'))).toMatchObject({ instance: { name: 'web-7' }, asked: start });
    expect(fleet.calls).toEqual([{ operation: 'get', name: 'web-7', at: start }]);
  });

  it('reads many by single reads where no call waits for its turn, unless a sweep is as quick', async () => {
    const due = 1_010_000;
    for (const { count, calls } of [
      { count: 60, calls: [60, 0] },
      { count: 40, calls: [0, 2] },
    ]) {
      const clock = new VirtualClock(1_000_000);
      const fleet = new TinyFleet(clock, namesOf(count));
      const { reserveWrite: _, ...unrationed } = fleet.lightsail;
      const poller = new InstancePoller(unrationed, clock);
      await clock.finish(listAll(poller));
      fleet.calls.length = 0;
      await clock.finish(Promise.all(namesOf(count).map((name) => lookWith(poller, clock)(name, { due, since: due }))));
      expect([fleet.count('get'), fleet.count('list')]).toEqual(calls);
      const awaited = { from: 1_010_040, now: 1_010_040, interval: INTERVAL, deadline: 2_000_000 };
      expect(poller.nextLook(awaited)).toBe(1_015_040);
      expect(new InstancePoller(fleet.lightsail, clock).nextLook(awaited)).toBe(1_015_000);
    }
  });

  it('reads few by single reads, and more than there are pages by one sweep', async () => {
    const due = 1_010_000;
    const few = await pollerOver(100);
    await few.clock.finish(Promise.all(namesOf(5).map((name) => few.look(name, { due }))));
    expect([few.fleet.count('get'), few.fleet.count('list')]).toEqual([5, 0]);
    const many = await pollerOver(100);
    await many.clock.finish(
      Promise.all(
        namesOf(100)
          .slice(94)
          .map((name) => many.look(name, { due })),
      ),
    );
    expect([many.fleet.count('get'), many.fleet.count('list')]).toEqual([0, 5]);
    expect(many.fleet.calls[0]?.at).toBe(due);
  });

  it('ends a sweep after the last page that somebody waits for', async () => {
    const { clock, fleet, look } = await pollerOver(100);
    const due = clock.now() + 1_000;
    await clock.finish(Promise.all(namesOf(30).map((name) => look(name, { due }))));
    await clock.run(1_000);
    expect([fleet.count('get'), fleet.count('list')]).toEqual([0, 2]);
  });

  it('takes the sweep where it is no dearer and shows others that wait', async () => {
    const { clock, fleet, look } = await pollerOver(20);
    const later = look('web-2', { due: clock.now() + 60_000 });
    const due = clock.now() + 1_000;
    await clock.finish(Promise.all([look('web-1', { due }), later]));
    expect(fleet.calls).toEqual([{ operation: 'list', at: due }]);
  });

  it('serves nobody with an instance of the same name elsewhere', async () => {
    const clock = new VirtualClock(1_000_000);
    const fleet = new TinyFleet(clock, namesOf(20));
    const scope = { account: '111122223333', region: 'us-east-1' };
    const arnIn = (region: string, name = '') => `arn:aws:lightsail:${region}:111122223333:Instance/${name}`;
    const poller = new InstancePoller(
      {
        ...fleet.lightsail,
        getInstance: async (request, call) => {
          const reply = await fleet.lightsail.getInstance(request, call);
          return { ...reply, instance: { ...reply.instance, arn: arnIn('us-east-1', request.instanceName) } };
        },
        getInstances: async (request, call) => {
          const reply = await fleet.lightsail.getInstances(request, call);
          const instances = (reply.instances ?? []).map((each) => ({ ...each, arn: arnIn('eu-west-1', each.name) }));
          return { ...reply, instances };
        },
      },
      clock,
    );
    await clock.finish(listAll(poller));
    const look = lookWith(poller, clock);
    const due = clock.now() + 2_000;
    const seen = await clock.finish(Promise.all(namesOf(20).map((name) => look(name, { due, scope }))));
    expect(new Set(seen.map(({ instance }) => instance?.region))).toEqual(new Set(['us-east-1']));
    // By the sweep nobody was served.
    expect([fleet.count('get'), fleet.count('list')]).toEqual([20, 2]);
  });

  it('reads together those who come within a moment of each other', async () => {
    const { clock, fleet, look } = await pollerOver(100);
    const all = Promise.all(
      namesOf(50).map(async (name, index) => {
        await clock.sleep(index);
        return look(name);
      }),
    );
    await clock.finish(all);
    expect([fleet.count('get'), fleet.count('list')]).toEqual([1, 3]);
    expect(clock.now()).toBeLessThan(1_003_000);
  });

  it('serves who comes later from what was asked for since the time that they name, and no earlier', async () => {
    const { clock, fleet, poller, look } = await pollerOver(20);
    await clock.finish(listAll(poller));
    const [list] = fleet.calls;
    const asked = list?.at ?? 0;
    expect(await look('web-3', { since: asked })).toMatchObject({ asked });
    expect(fleet.calls).toHaveLength(1);
    await clock.finish(look('web-3', { since: asked + 1 }));
    expect(fleet.calls).toHaveLength(2);
  });

  it('forgets what it has read of an instance when that is written to', async () => {
    const { clock, poller, look } = await pollerOver(20);
    const since = clock.now();
    await clock.finish(listAll(poller));
    await clock.finish(poller.lightsail.updateInstanceMetadataOptions({ instanceName: 'web-3' }));
    const written = clock.now();
    expect((await look('web-2', { since })).instance?.optionsState).toBe('applied');
    const own = await clock.finish(look('web-3', { since }));
    expect(own.asked).toBeGreaterThan(since + 40);
    expect(written).toBeGreaterThan(since);
    expect(own.instance?.optionsState).toBe('pending');
  });

  it('serves nobody from a call that was under way before the write', async () => {
    const { clock, poller, look } = await pollerOver(20, { latency: 400 });
    const list = listAll(poller);
    await clock.run(10);
    const update = poller.lightsail.updateInstanceMetadataOptions({ instanceName: 'web-3' });
    const seen = await clock.finish(look('web-3', { since: clock.now() - 100, due: clock.now() + 3_000 }));
    await clock.finish(Promise.all([list, update]));
    expect(seen.instance?.optionsState).toBe('pending');
  });

  it.each([
    ['is not listed', (fleet: TinyFleet) => fleet.unlisted.add('web-3')],
    ['is listed without options', (fleet: TinyFleet) => fleet.unreadable.add('web-3')],
  ])('reads by itself what %s', async (_, prepare) => {
    const { clock, fleet, look } = await pollerOver(40);
    prepare(fleet);
    const all = await clock.finish(Promise.all(namesOf(5).map((name) => look(name, { due: clock.now() + 1_000 }))));
    expect(all.map(({ instance }) => instance?.name)).toEqual(namesOf(5));
    expect(fleet.calls.filter(({ operation }) => operation === 'get')).toMatchObject([{ name: 'web-3' }]);
  });

  it('does not sweep again for those that a sweep has not shown, however many they are', async () => {
    const { clock, fleet, look } = await pollerOver(40);
    for (const name of namesOf(9)) fleet.unlisted.add(name);
    await clock.finish(Promise.all(namesOf(9).map((name) => look(name, { due: clock.now() + 1_000 }))));
    expect([fleet.count('list'), fleet.count('get')]).toEqual([2, 9]);
  });

  it('calls an instance gone when GetInstance says so, and only then', async () => {
    const { clock, fleet, look } = await pollerOver(40);
    fleet.appliedAt.delete('web-3');
    const all = await clock.finish(Promise.all(namesOf(4).map((name) => look(name, { due: clock.now() + 1_000 }))));
    expect(all.map(({ instance }) => instance?.name)).toEqual(['web-1', 'web-2', undefined, 'web-4']);
    expect(fleet.count('get')).toBe(1);
  });

  it('passes another ARN under the name on', async () => {
    const { clock, fleet, look } = await pollerOver(40);
    const arn = 'arn:aws:lightsail:us-east-1:111122223333:Instance/another';
    fleet.arns.set('web-3', arn);
    const all = await clock.finish(Promise.all(namesOf(4).map((name) => look(name, { due: clock.now() + 1_000 }))));
    expect(all[2]?.instance?.arn).toBe(arn);
    expect(fleet.count('get')).toBe(0);
  });

  it('makes the error of a sweep that of nobody, and rests from sweeps for a while', async () => {
    const { clock, fleet, look } = await pollerOver(40);
    fleet.fails = (operation, name) => {
      if (operation === 'list') return new Error('broken');
      return name === 'web-2' ? new Error('only this one') : undefined;
    };
    const round = () =>
      clock.finish(Promise.allSettled(namesOf(5).map((name) => look(name, { due: clock.now() + 1_000 }))));
    const all = await round();
    expect(all.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled', 'fulfilled']);
    expect(all[1]).toMatchObject({ reason: { message: 'only this one' } });
    await round();
    expect([fleet.count('list'), fleet.count('get')]).toEqual([1, 10]);
    await clock.run(30_000);
    await round();
    expect(fleet.count('list')).toBe(2);
  });

  it('goes on with a sweep that is throttled, says so to one, and leaves it where that has no end', async () => {
    const { clock, fleet, look } = await pollerOver(40);
    let refusals = 3;
    fleet.fails = (operation) => {
      refusals -= 1;
      return operation === 'list' && refusals >= 0 ? throttled() : undefined;
    };
    const onThrottled = vi.fn();
    const round = async () => {
      await clock.finish(Promise.all(namesOf(5).map((name) => look(name, { due: clock.now() + 1_000, onThrottled }))));
      await clock.run(60_000);
    };
    await round();
    expect([fleet.count('list'), fleet.count('get')]).toEqual([4, 0]);
    expect(onThrottled).toHaveBeenCalledTimes(3);
    refusals = Number.POSITIVE_INFINITY;
    await round();
    expect([fleet.count('list'), fleet.count('get')]).toEqual([4 + 8, 5]);
  });

  it('lets one go that is no longer wanted, and serves the others', async () => {
    const { clock, fleet, look } = await pollerOver(40);
    const leaving = new AbortController();
    const due = clock.now() + 1_000;
    const left = look('web-1', { due, abortSignal: leaving.signal });
    const others = ['web-2', 'web-3', 'web-4'].map((name) => look(name, { due }));
    await clock.run(1_010);
    leaving.abort(new Error('cancelled'));
    await expect(left).rejects.toThrow('cancelled');
    await expect(look('web-1', { abortSignal: leaving.signal })).rejects.toThrow('cancelled');
    await clock.finish(Promise.all(others));
    expect([fleet.count('get'), fleet.count('list')]).toEqual([0, 1]);
  });

  it('ends a sweep that nobody waits for any more', async () => {
    const { clock, fleet, look } = await pollerOver(200, { latency: 400 });
    const all = namesOf(20).map((name) => ({ name, leaving: new AbortController() }));
    const looks = all.map(({ name, leaving }) =>
      look(name, { due: clock.now() + 1_000, abortSignal: leaving.signal }).catch(() => 'left'),
    );
    await clock.run(1_100);
    for (const { leaving } of all) leaving.abort(new Error('cancelled'));
    expect(await Promise.all(looks)).toEqual(all.map(() => 'left'));
    await clock.run(60_000);
    expect(fleet.calls.length).toBeLessThanOrEqual(2);
  });

  it('tells now and then that it waits, and ends by what is thrown then', async () => {
    const fleet = new TinyFleet(new VirtualClock(), ['web-1']);
    const poller = new InstancePoller(fleet.lightsail, undefined, 5);
    const never = { since: 0, due: Date.now() + 600_000, interval: INTERVAL };
    const onWait = vi.fn();
    const leaving = new AbortController();
    const waiting = poller.look('web-1', { ...never, onWait, abortSignal: leaving.signal });
    await until(() => expect(onWait.mock.calls.length).toBeGreaterThan(2));
    leaving.abort(new Error('cancelled'));
    await expect(waiting).rejects.toThrow('cancelled');
    const moot = poller.look('web-1', { ...never, onWait: () => Promise.reject(new Error('terminated')) });
    await expect(moot).rejects.toThrow('terminated');
    expect(fleet.calls).toEqual([]);
  });

  it('lets newcomers wait for a sweep that is under way, but not for long', async () => {
    const { clock, fleet, look } = await pollerOver(200, { latency: 400 });
    const everyNinth = namesOf(200).filter((_, index) => index % 9 === 0);
    const all = everyNinth.map((name) => look(name, { due: clock.now() + 1_000 }));
    await clock.run(1_500);
    const [soon, late] = [look('web-50'), look('web-190')];
    const start = clock.now();
    expect((await clock.finish(soon)).asked).toBeLessThan(start + 500);
    expect(fleet.count('get')).toBe(0);
    expect((await clock.finish(late)).asked).toBeLessThan(start + 1_500);
    expect(fleet.calls.filter(({ operation }) => operation === 'get')).toMatchObject([{ name: 'web-190' }]);
    await clock.finish(Promise.all(all));
  });

  it('leaves a scope of unknown size where single reads are no dearer, and knows better the next time', async () => {
    const { clock, fleet, poller } = newPoller(400);
    const look = lookWith(poller, clock);
    const round = () =>
      clock.finish(Promise.all(namesOf(3, 'web-39').map((name) => look(name, { due: clock.now() + 1_000 }))));
    await round();
    expect([fleet.count('list'), fleet.count('get')]).toEqual([3, 3]);
    await round();
    expect([fleet.count('list'), fleet.count('get')]).toEqual([3, 6]);
  });

  it('serves everybody, with nothing from before the time that they name or before a write, whatever happens', async () => {
    const event = fc.record({
      after: fc.integer({ min: 0, max: 700 }),
      name: fc.nat({ max: 59 }),
      kind: fc.constantFrom('look', 'look', 'look', 'write', 'list', 'leave'),
      back: fc.integer({ min: 0, max: 2_000 }),
      ahead: fc.integer({ min: 0, max: 12_000 }),
    });
    const failing = fc.record({ list: fc.nat({ max: 3 }), get: fc.nat({ max: 3 }) });
    await fc.assert(
      fc.asyncProperty(fc.array(event, { maxLength: 150 }), failing, async (events, every) => {
        const { clock, fleet, poller } = newPoller(60, { latency: 200 });
        const look = lookWith(poller, clock);
        const written = new Map<string, number>();
        const outcomes: Promise<string>[] = [];
        // Every so many calls one is throttled or fails.
        fleet.fails = (operation) => {
          if (operation === 'update' || every[operation] === 0) return undefined;
          if (fleet.count(operation) % (every[operation] + 1) !== 0) return undefined;
          return operation === 'list' ? throttled() : new Error('broken');
        };
        for (const { after, name: index, kind, back, ahead } of events) {
          await clock.run(after);
          const name = `web-${index + 1}`;
          const leaving = new AbortController();
          switch (kind) {
            case 'list':
              void listAll(poller).catch(() => undefined);
              break;
            case 'write':
              void poller.lightsail.updateInstanceMetadataOptions({ instanceName: name }).then(() => {
                written.set(name, clock.now());
              });
              break;
            default: {
              const since = clock.now() - back;
              const due = clock.now() + ahead;
              const seen = look(name, { since, due, abortSignal: leaving.signal }).then(({ asked, instance }) => {
                expect(instance?.name).toBe(name);
                expect(asked).toBeGreaterThanOrEqual(since);
                // An Update takes 200 ms, and what was asked for in that time may be old or new.
                expect(asked).toBeGreaterThanOrEqual((written.get(name) ?? 200) - 200);
                return 'served';
              });
              outcomes.push(
                seen.catch((error: unknown) => {
                  const message = error instanceof Error ? error.message : '';
                  if (['left', 'broken'].includes(message)) return message;
                  throw error;
                }),
              );
              if (kind === 'leave') void clock.sleep(ahead / 2).then(() => leaving.abort(new Error('left')));
            }
          }
        }
        const ended = await clock.finish(Promise.all(outcomes));
        if (every.get === 0 && events.every(({ kind }) => kind !== 'leave')) expect(ended).not.toContain('broken');
      }),
      { numRuns: 60 },
    );
  });

  it('is the same for the same Lightsail, as it is for the one that it watches', () => {
    const { lightsail } = new TinyFleet(new VirtualClock(), []);
    expect(pollerOf(lightsail)).toBe(pollerOf(lightsail));
    expect(pollerOf(pollerOf(lightsail).lightsail)).toBe(pollerOf(lightsail));
    expect(pollerOf({ ...lightsail })).not.toBe(pollerOf(lightsail));
  });
});
