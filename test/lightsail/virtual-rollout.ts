import pMap from 'p-map';
import { instancePages } from '../../src/lightsail/pages.js';
import { limitCalls, type PacingLimits, RateLimiter } from '../../src/lightsail/rate-limiter.js';
import { FRESH, InstanceReader } from '../../src/lightsail/reader.js';
import { retryThrottled, retryThrottledCalls } from '../../src/lightsail/retry-throttled.js';
import { throttled } from './fake.js';
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
  /** What the rollout keeps to. */
  readonly pacing?: PacingLimits;
  /** What the service takes, of which the rollout isn't told. */
  readonly limit?: PacingLimits;
  readonly order?: 'as listed' | 'by name' | 'mixed';
}

export interface VirtualResult {
  readonly callsPerInstance: number;
  readonly gets: number;
  readonly lists: number;
  readonly updates: number;
  /** Share of the calls that the service has refused for their rate. */
  readonly throttled: number;
  /** Milliseconds. */
  readonly took: number;
  /** From applied until it was seen, on average; milliseconds. */
  readonly lag: number;
}

/** Discovery, the change of every instance as `changeInstance` goes about it, and a last sweep; in virtual time. */
export async function rollVirtually(options: VirtualRollout): Promise<VirtualResult> {
  const { scopes, instances, concurrency, pending, latency = 40, pacing, limit, order = 'mixed' } = options;
  const random = seeded(7);
  const clock = new VirtualClock(1_000_000 + Math.floor(random() * 5_000));
  const between = (min: number, max: number) => min + Math.floor(random() * (max - min));
  const all = Array.from({ length: scopes }, (_, scope) => {
    const names = namesOf(instances / scopes, `s${scope}-`);
    const fleet = new TinyFleet(clock, names, { latency, pending: () => between(...pending) });
    if (limit !== undefined) fleet.fails = bucketOf(limit, clock);
    const calls = pacing === undefined ? fleet.lightsail : limitCalls(fleet.lightsail, new RateLimiter(pacing, clock));
    return { names, fleet, reader: new InstanceReader(calls, clock) };
  });
  const patient = { sleep: (ms: number) => clock.sleep(ms), random };
  const sweep = () =>
    Promise.all(
      all.map(async ({ reader }) => {
        for await (const _ of instancePages(retryThrottledCalls(reader.lightsail, patient)));
      }),
    );
  const targets = all.flatMap(({ names, fleet, reader }) => names.map((name) => ({ name, fleet, reader })));
  if (order === 'mixed') targets.sort((a, b) => hash(a.name) - hash(b.name));
  // As a plan does: by name in each scope, and the scopes in turn.
  if (order === 'by name') {
    const byName = all.map(({ fleet }) => targets.filter((target) => target.fleet === fleet).sort(byNameOf));
    targets.splice(
      0,
      instances,
      ...(byName[0] ?? []).flatMap((_, index) => byName.flatMap((each) => each[index] ?? [])),
    );
  }
  const lags: number[] = [];
  const write = async ({ name, reader }: (typeof targets)[number]) => {
    const begun = clock.now();
    await reader.read(name, { since: begun - FRESH, due: begun });
    await clock.sleep(5);
    const reserving = clock.now();
    await reader.lightsail.reserveWrite?.();
    if (clock.now() - reserving > FRESH) await reader.readNow(name, {});
    await reader.lightsail.updateInstanceMetadataOptions({ instanceName: name }, { reserved: true });
  };
  const change = async (target: (typeof targets)[number]) => {
    const { name, fleet, reader } = target;
    // The worker is told, and its record acknowledged.
    await clock.sleep(between(20, 250));
    await retryThrottled(() => write(target), patient);
    const from = clock.now();
    let due = 0;
    for (let since = from, now = from, seenPending = 0; ; ) {
      due = reader.nextRead({ from, now, interval: INTERVAL, deadline: from + TIMEOUT, planned: due });
      const read = () => reader.read(name, { since, due });
      const { instance, asked } = await retryThrottled(read, patient);
      if (instance?.optionsState === 'applied') {
        reader.learn({ pending: seenPending, applied: asked - from });
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
  const refused = all.reduce((sum, { fleet }) => sum + fleet.refusals, 0) / instances;
  return {
    callsPerInstance: gets + lists + updates,
    gets,
    lists,
    updates,
    throttled: refused / (gets + lists + updates),
    took: clock.now() - start,
    lag: lags.reduce((sum, lag) => sum + lag, 0) / lags.length,
  };
}

function byNameOf(a: { readonly name: string }, b: { readonly name: string }): number {
  return a.name < b.name ? -1 : 1;
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

/** Refuses what a token bucket has no token for. */
function bucketOf({ ratePerSecond, burst }: PacingLimits, clock: VirtualClock): TinyFleet['fails'] {
  let [tokens, at] = [burst, clock.now()];
  return () => {
    const now = clock.now();
    tokens = Math.min(burst, tokens + ((now - at) / 1_000) * ratePerSecond);
    at = now;
    if (tokens < 1) return throttled();
    tokens -= 1;
    return undefined;
  };
}
