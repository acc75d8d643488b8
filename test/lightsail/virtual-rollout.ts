import pMap from 'p-map';
import { pacedCalls } from '../../src/lightsail/paced-calls.js';
import { Pacer, type PacingLimits } from '../../src/lightsail/pacer.js';
import { instancePages } from '../../src/lightsail/pages.js';
import { InstancePoller } from '../../src/lightsail/poller.js';
import { FRESH } from '../../src/lightsail/recent-readings.js';
import { namesOf, TinyFleet } from './tiny-fleet.js';
import { VirtualClock } from './virtual-clock.js';

const INTERVAL = 5_000;
const TIMEOUT = 600_000;

export interface VirtualRollout {
  readonly scopes: number;
  readonly instances: number;
  readonly concurrency: number;
  /** Milliseconds from a write until it is applied, at least and at most. */
  readonly pending: readonly [min: number, max: number];
  /** Of each answer, in milliseconds. */
  readonly latency?: number;
  readonly pacing?: PacingLimits;
  readonly order?: 'as listed' | 'mixed';
}

export interface VirtualResult {
  readonly callsPerInstance: number;
  readonly gets: number;
  readonly lists: number;
  readonly updates: number;
  /** Milliseconds. */
  readonly took: number;
  /** From applied until it was seen, on average; milliseconds. */
  readonly lag: number;
}

/** Discovery, the change of every instance as `changeInstance` goes about it, and a last sweep; in virtual time. */
export async function rollVirtually(options: VirtualRollout): Promise<VirtualResult> {
  const { scopes, instances, concurrency, pending, latency = 40, pacing, order = 'mixed' } = options;
  const random = seeded(7);
  const clock = new VirtualClock(1_000_000 + Math.floor(random() * 5_000));
  const between = (min: number, max: number) => min + Math.floor(random() * (max - min));
  const all = Array.from({ length: scopes }, (_, scope) => {
    const names = namesOf(instances / scopes, `s${scope}-`);
    const fleet = new TinyFleet(clock, names, { latency, pending: () => between(...pending) });
    const calls = pacing === undefined ? fleet.lightsail : pacedCalls(fleet.lightsail, new Pacer(pacing, clock));
    return { names, fleet, poller: new InstancePoller(calls, clock) };
  });
  const sweep = () =>
    Promise.all(
      all.map(async ({ poller }) => {
        for await (const _ of instancePages(poller.lightsail));
      }),
    );
  const targets = all.flatMap(({ names, fleet, poller }) => names.map((name) => ({ name, fleet, poller })));
  if (order === 'mixed') targets.sort((a, b) => hash(a.name) - hash(b.name));
  const lags: number[] = [];
  const change = async ({ name, fleet, poller }: (typeof targets)[number]) => {
    // The worker is told, and its record acknowledged.
    await clock.sleep(between(20, 250));
    const begun = clock.now();
    await poller.look(name, { since: begun - FRESH, due: begun, interval: INTERVAL });
    await clock.sleep(5);
    const reserving = clock.now();
    await poller.lightsail.reserveWrite?.();
    if (clock.now() - reserving > FRESH) await poller.lookNow(name, {});
    await poller.lightsail.updateInstanceMetadataOptions({ instanceName: name }, { reserved: true });
    const from = clock.now();
    for (let since = from, now = from, seenPending = 0; ; ) {
      const due = poller.pace.nextRound({ from, now, interval: INTERVAL, deadline: from + TIMEOUT });
      const { instance, asked } = await poller.look(name, { since, due, interval: INTERVAL });
      if (instance?.optionsState === 'applied') {
        poller.pace.learn({ pending: seenPending, applied: asked - from });
        lags.push(clock.now() - (fleet.appliedAt.get(name) ?? 0));
        return;
      }
      seenPending = asked - from;
      now = clock.now();
      since = asked + 1;
    }
  };
  const start = clock.now();
  const work = sweep()
    .then(() => pMap(targets, change, { concurrency }))
    .then(sweep);
  await clock.finish(work);
  const count = (operation: 'get' | 'list' | 'update') =>
    all.reduce((sum, { fleet }) => sum + fleet.count(operation), 0) / instances;
  const [gets, lists, updates] = [count('get'), count('list'), count('update')];
  return {
    callsPerInstance: gets + lists + updates,
    gets,
    lists,
    updates,
    took: clock.now() - start,
    lag: lags.reduce((sum, lag) => sum + lag, 0) / lags.length,
  };
}

/** Mulberry32. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** FNV-1a. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (const character of text) value = Math.imul(value ^ character.charCodeAt(0), 0x01000193);
  return value >>> 0;
}
