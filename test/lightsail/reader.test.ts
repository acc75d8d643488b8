import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { instancePages } from '../../src/lightsail/pages.js';
import { InstanceReader, readerOf, type Wanted } from '../../src/lightsail/reader.js';
import { until } from '../support/wait.js';
import { throttled } from './fake.js';
import { namesOf, TinyFleet, type TinyFleetOptions } from './tiny-fleet.js';
import { VirtualClock } from './virtual-clock.js';

/** A reader over a fleet of so many instances, of whose pages it knows. */
async function readerOver(count: number, options?: TinyFleetOptions) {
  const { clock, fleet, reader } = newReader(count, options);
  await clock.finish(listAll(reader));
  // What was listed is no longer fresh.
  await clock.run(2_000);
  fleet.calls.length = 0;
  return { clock, fleet, reader, look: lookWith(reader, clock) };
}

function newReader(count: number, options?: TinyFleetOptions) {
  const clock = new VirtualClock(1_000_000);
  const fleet = new TinyFleet(clock, namesOf(count), options);
  return { clock, fleet, reader: new InstanceReader(fleet.lightsail, clock) };
}

/** Looks at an instance; what isn't said is now. */
function lookWith(reader: InstanceReader, clock: VirtualClock) {
  return (name: string, changes: Partial<Wanted> = {}) =>
    reader.read(name, { since: clock.now(), due: clock.now(), ...changes });
}

async function listAll(reader: InstanceReader): Promise<void> {
  for await (const _ of instancePages(reader.lightsail));
}

describe('a reader of instances', () => {
  it('reads an instance by itself where no page has shown it', async () => {
    const { clock, fleet, reader } = newReader(100);
    const start = clock.now();
    const seen = await clock.finish(lookWith(reader, clock)('web-7'));
    expect(seen).toMatchObject({ instance: { name: 'web-7' }, asked: start });
    expect(fleet.calls).toEqual([{ operation: 'get', name: 'web-7', at: start }]);
  });

  it('reads those that are due by the pages that have shown them, and one that waits alone by itself', async () => {
    const { clock, fleet, look } = await readerOver(100);
    const due = clock.now() + 1_000;
    const names = ['web-5', 'web-6', 'web-7', 'web-45', 'web-59', 'web-100'];
    await clock.finish(Promise.all(names.map((name) => look(name, { due }))));
    expect(fleet.calls).toEqual([
      { operation: 'list', start: 0, at: due },
      { operation: 'list', start: 40, at: due },
      { operation: 'get', name: 'web-100', at: due },
    ]);
  });

  it('serves with a page those that are not due yet, and who comes while it is read', async () => {
    const { clock, fleet, look } = await readerOver(40);
    const due = clock.now() + 1_000;
    const [later, first] = [look('web-2', { due: due + 60_000 }), look('web-1', { due })];
    await clock.run(1_010);
    const joining = look('web-3', { since: due });
    expect((await clock.finish(Promise.all([later, first, joining]))).map(({ asked }) => asked)).toEqual([
      due,
      due,
      due,
    ]);
    expect(fleet.calls).toHaveLength(1);
  });

  it('reads a page again for who wants to know how it is now', async () => {
    const { clock, fleet, look } = await readerOver(40);
    const due = clock.now() + 1_000;
    const first = [look('web-1', { due }), look('web-2', { due })];
    await clock.run(1_010);
    const late = ['web-3', 'web-4'].map((name) => look(name, { since: clock.now() }));
    const seen = await clock.finish(Promise.all([...first, ...late]));
    expect(seen.map(({ asked }) => asked > due)).toEqual([false, false, true, true]);
    expect([fleet.count('list'), fleet.count('get')]).toEqual([2, 0]);
  });

  it('forgets a page that fails, whose token may be good no longer, and that is the failure of nobody', async () => {
    const { clock, fleet, look, reader } = await readerOver(40);
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
    fleet.fails = () => undefined;
    await clock.finish(listAll(reader));
    await clock.run(2_000);
    await round();
    expect([fleet.count('list'), fleet.count('get')]).toEqual([1 + 2 + 1, 10]);
  });

  it('repeats a page that is throttled, says so to one, and gives it up where that has no end', async () => {
    const { clock, fleet, look } = await readerOver(40);
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

  it('lets one go that is no longer wanted, and ends a call that nobody waits for any more', async () => {
    const { clock, fleet, look } = await readerOver(40, { latency: 400 });
    const leaving = new AbortController();
    const due = clock.now() + 1_000;
    const [left, other] = [look('web-1', { due, abortSignal: leaving.signal }), look('web-2', { due })];
    await clock.run(1_010);
    leaving.abort(new Error('cancelled'));
    await expect(left).rejects.toThrow('cancelled');
    await expect(look('web-1', { abortSignal: leaving.signal })).rejects.toThrow('cancelled');
    await clock.finish(other);
    expect([fleet.count('get'), fleet.count('list')]).toEqual([0, 1]);
    fleet.fails = () => throttled();
    const last = new AbortController();
    const both = ['web-1', 'web-2'].map((name) => look(name, { abortSignal: last.signal }).catch(() => 'left'));
    await clock.run(500);
    last.abort(new Error('cancelled'));
    expect(await Promise.all(both)).toEqual(['left', 'left']);
    const made = fleet.calls.length;
    await clock.run(60_000);
    expect(fleet.calls).toHaveLength(made);
    fleet.fails = () => undefined;
    // That it was left says nothing of its page.
    await clock.finish(Promise.all([look('web-1'), look('web-2')]));
    expect(fleet.count('get')).toBe(0);
  });

  it('serves nobody with an instance of the same name elsewhere', async () => {
    const clock = new VirtualClock(1_000_000);
    const fleet = new TinyFleet(clock, namesOf(20));
    const scope = { account: '111122223333', region: 'us-east-1' };
    const arnIn = (region: string, name = '') => `arn:aws:lightsail:${region}:111122223333:Instance/${name}`;
    const reader = new InstanceReader(
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
    await clock.finish(listAll(reader));
    const look = lookWith(reader, clock);
    const due = clock.now() + 2_000;
    const seen = await clock.finish(Promise.all(namesOf(20).map((name) => look(name, { due, scope }))));
    expect(new Set(seen.map(({ instance }) => instance?.region))).toEqual(new Set(['us-east-1']));
    // By the page nobody was served.
    expect([fleet.count('get'), fleet.count('list')]).toEqual([20, 2]);
  });

  it('serves who comes later from what was asked for since the time that they name, and no earlier', async () => {
    const { clock, fleet, reader, look } = await readerOver(20);
    await clock.finish(listAll(reader));
    const [list] = fleet.calls;
    const asked = list?.at ?? 0;
    expect(await look('web-3', { since: asked })).toMatchObject({ asked });
    expect(fleet.calls).toHaveLength(1);
    await clock.finish(look('web-3', { since: asked + 1 }));
    expect(fleet.calls).toHaveLength(2);
  });

  it('gives a page again that was asked for a moment ago, as long as it is true', async () => {
    const { clock, fleet, reader } = newReader(40);
    const list = (maxAge: number, more: object = {}) =>
      clock.finish(reader.lightsail.getInstances({ ...more }, { maxAge }));
    const first = await list(1_000);
    expect(await list(1_000)).toBe(first);
    expect(await list(0)).not.toBe(first);
    expect(fleet.count('list')).toBe(2);
    // It has no status checks.
    await list(1_000, { includeHealthStatus: true });
    expect(fleet.count('list')).toBe(3);
    await list(1_000);
    expect(fleet.count('list')).toBe(3);
    await clock.finish(reader.lightsail.updateInstanceMetadataOptions({ instanceName: 'web-3' }));
    await list(1_000);
    expect(fleet.count('list')).toBe(4);
    await clock.run(1_001);
    await list(1_000);
    expect(fleet.count('list')).toBe(5);
  });

  it('gives the pages that have shown some instances, and the whole list where one is not known or not there', async () => {
    const { clock, fleet, reader } = newReader(100);
    const seen = async (...ids: string[]) => {
      const names: unknown[] = [];
      const read = async () => {
        for await (const page of reader.pagesWith(ids, reader.lightsail, { includeHealthStatus: true }))
          names.push(...page.map(({ name }) => name));
      };
      fleet.calls.length = 0;
      await clock.finish(read());
      return ids.every((id) => names.includes(id.replace('Instance/', '')));
    };
    expect(await seen('Instance/web-3', 'Instance/web-4', 'Instance/web-50')).toBe(true);
    expect(fleet.count('list')).toBe(5);
    expect(await seen('Instance/web-3', 'Instance/web-4', 'Instance/web-50')).toBe(true);
    expect(fleet.calls.map(({ start }) => start)).toEqual([0, 40]);
    fleet.unlisted.add('web-50');
    expect(await seen('Instance/web-3', 'Instance/web-50')).toBe(false);
    expect(fleet.count('list')).toBe(2 + 5);
    let fails = true;
    fleet.fails = () => {
      if (!fails) return undefined;
      fails = false;
      return new Error('the token is good no longer');
    };
    expect(await seen('Instance/web-3', 'Instance/web-4')).toBe(true);
    expect(fleet.count('list')).toBe(1 + 5);
    // Without its status checks a page is of no use.
    await clock.finish(listAll(reader));
    expect(await seen('Instance/web-3')).toBe(true);
    expect(fleet.count('list')).toBe(5);
  });

  it('passes over what is no instance in a list', async () => {
    const clock = new VirtualClock(1_000_000);
    const fleet = new TinyFleet(clock, namesOf(20));
    const reader = new InstanceReader(
      {
        ...fleet.lightsail,
        getInstances: async (request, call) => {
          const reply = await fleet.lightsail.getInstances(request, call);
          return { ...reply, instances: [null, {}, 'web-1', ...(reply.instances ?? [])] as typeof reply.instances };
        },
      },
      clock,
    );
    const look = lookWith(reader, clock);
    await clock.finish(listAll(reader));
    const due = clock.now() + 5_000;
    const seen = await clock.finish(Promise.all(['web-1', 'web-2'].map((name) => look(name, { due }))));
    expect(seen.map(({ instance }) => instance?.name)).toEqual(['web-1', 'web-2']);
    const pages = async () => {
      for await (const _ of reader.pagesWith(['Instance/web-1'], reader.lightsail));
    };
    await clock.finish(pages());
    expect([fleet.count('get'), fleet.count('list')]).toEqual([0, 1 + 1 + 1]);
  });

  it('forgets what it has read of an instance when that is written to', async () => {
    const { clock, reader, look } = await readerOver(20);
    const since = clock.now();
    await clock.finish(listAll(reader));
    await clock.finish(reader.lightsail.updateInstanceMetadataOptions({ instanceName: 'web-3' }));
    const written = clock.now();
    expect((await look('web-2', { since })).instance?.optionsState).toBe('applied');
    const own = await clock.finish(look('web-3', { since }));
    expect(own.asked).toBeGreaterThan(since + 40);
    expect(written).toBeGreaterThan(since);
    expect(own.instance?.optionsState).toBe('pending');
  });

  it('serves nobody from a call that was under way before the write', async () => {
    const { clock, reader, look } = await readerOver(20, { latency: 400 });
    const list = listAll(reader);
    await clock.run(10);
    const update = reader.lightsail.updateInstanceMetadataOptions({ instanceName: 'web-3' });
    const seen = await clock.finish(look('web-3', { since: clock.now() - 100, due: clock.now() + 3_000 }));
    await clock.finish(Promise.all([list, update]));
    expect(seen.instance?.optionsState).toBe('pending');
  });

  it.each([
    ['is not listed', (fleet: TinyFleet) => fleet.unlisted.add('web-3')],
    ['is listed without options', (fleet: TinyFleet) => fleet.unreadable.add('web-3')],
  ])('reads by itself what %s', async (_, prepare) => {
    const { clock, fleet, look } = await readerOver(40);
    prepare(fleet);
    const all = await clock.finish(Promise.all(namesOf(5).map((name) => look(name, { due: clock.now() + 1_000 }))));
    expect(all.map(({ instance }) => instance?.name)).toEqual(namesOf(5));
    expect(fleet.calls.filter(({ operation }) => operation === 'get')).toMatchObject([{ name: 'web-3' }]);
  });

  it('calls an instance gone when GetInstance says so, and only then', async () => {
    const { clock, fleet, look } = await readerOver(40);
    fleet.appliedAt.delete('web-3');
    const all = await clock.finish(Promise.all(namesOf(4).map((name) => look(name, { due: clock.now() + 1_000 }))));
    expect(all.map(({ instance }) => instance?.name)).toEqual(['web-1', 'web-2', undefined, 'web-4']);
    expect(fleet.count('get')).toBe(1);
  });

  it('passes another ARN under the name on', async () => {
    const { clock, fleet, look } = await readerOver(40);
    const arn = 'arn:aws:lightsail:us-east-1:111122223333:Instance/another';
    fleet.arns.set('web-3', arn);
    const all = await clock.finish(Promise.all(namesOf(4).map((name) => look(name, { due: clock.now() + 1_000 }))));
    expect(all[2]?.instance?.arn).toBe(arn);
    expect(fleet.count('get')).toBe(0);
  });

  it('tells now and then that it waits, and ends by what is thrown then', async () => {
    const fleet = new TinyFleet(new VirtualClock(), ['web-1']);
    const reader = new InstanceReader(fleet.lightsail, undefined, 5);
    const never = { since: 0, due: Date.now() + 600_000 };
    const onWait = vi.fn();
    const leaving = new AbortController();
    const waiting = reader.read('web-1', { ...never, onWait, abortSignal: leaving.signal });
    await until(() => expect(onWait.mock.calls.length).toBeGreaterThan(2));
    leaving.abort(new Error('cancelled'));
    await expect(waiting).rejects.toThrow('cancelled');
    const moot = reader.read('web-1', { ...never, onWait: () => Promise.reject(new Error('terminated')) });
    await expect(moot).rejects.toThrow('terminated');
    expect(fleet.calls).toEqual([]);
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
        const { clock, fleet, reader } = newReader(60, { latency: 200 });
        const look = lookWith(reader, clock);
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
              void listAll(reader).catch(() => undefined);
              break;
            case 'write':
              void reader.lightsail.updateInstanceMetadataOptions({ instanceName: name }).then(() => {
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

  it('reads a change a second after its write, then after twice the time, and then once an interval', () => {
    const reader = new InstanceReader(new TinyFleet(new VirtualClock(), []).lightsail);
    const at = { from: 0, interval: 5_000, deadline: 600_000 };
    const times = [0];
    while (times.length < 7) times.push(reader.nextRead({ ...at, now: times.at(-1) ?? 0 }));
    expect(times).toEqual([0, 1_000, 2_000, 4_000, 8_000, 12_500, 17_500]);
    expect(reader.nextRead({ ...at, now: 100_000 })).toBe(110_000);
    expect(reader.nextRead({ ...at, now: 598_000 })).toBe(600_000);
    // One that came early for others counts as the planned one if it was nearly due.
    expect(reader.nextRead({ ...at, now: 18_000, planned: 22_500 })).toBe(22_500);
    expect(reader.nextRead({ ...at, now: 21_400, planned: 22_500 })).toBe(27_500);
    expect(reader.nextRead({ ...at, from: 50, now: 50, interval: 100 })).toBe(150);
  });

  it('reads no change before most of the last ones were seen pending', () => {
    const reader = new InstanceReader(new TinyFleet(new VirtualClock(), []).lightsail);
    const first = () => reader.nextRead({ from: 0, now: 0, interval: 5_000, deadline: 600_000 });
    for (let change = 0; change < 9; change += 1) reader.learn({ pending: 30_000, applied: 35_000 });
    expect(first()).toBe(1_000);
    reader.learn({ pending: 30_000, applied: 35_000 });
    expect(first()).toBe(30_000);
    // They have become quicker, as those show that were applied when they were first read.
    for (let change = 0; change < 6; change += 1) reader.learn({ pending: 0, applied: 30_000 });
    expect(first()).toBe(15_000);
  });

  it('is the same for the same Lightsail, as it is for the one that it watches', () => {
    const { lightsail } = new TinyFleet(new VirtualClock(), []);
    expect(readerOf(lightsail)).toBe(readerOf(lightsail));
    expect(readerOf(readerOf(lightsail).lightsail)).toBe(readerOf(lightsail));
    expect(readerOf({ ...lightsail })).not.toBe(readerOf(lightsail));
  });
});
