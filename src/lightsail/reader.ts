import type { GetInstancesCommandOutput, GetInstancesRequest, Instance } from '@aws-sdk/client-lightsail';
import type { FleetInstance } from '../rollout/instance.js';
import { type Scope, scopeKey } from '../rollout/scope.js';
import { watchId } from '../rollout/watch-groups.js';
import { type CallOptions, type Lightsail, type LightsailFor, passOthers } from './api.js';
import { type InstancePagesOptions, instancePages } from './pages.js';
import { readOne } from './read-one.js';
import { toFleetInstance } from './reading.js';
import { retryThrottled } from './retry-throttled.js';
import { SAY_SO, sayWhileWaiting } from './say-while-waiting.js';
import { memberOf, textOf } from './untrusted.js';
import { MONOTONIC_CLOCK, type WaitClock } from './wait-clock.js';

/** A reading that was asked for so many milliseconds ago is good enough to write on. */
export const FRESH = 2_000;

/** No answer comes so long after it was asked for, in milliseconds; see DEFAULT_REQUEST_TIMEOUT_MS. */
const LONG_PAST = 60_000;

/** A page that is throttled so often in a row is given up: lists may have a limit of their own. */
const MOST_REFUSALS = 8;

/** Milliseconds after an Update until it is first read back, where nothing is known of how long changes take. */
const FIRST_READ = 1_000;

/** Between two readings passes at least this share of the time since the write: what takes minutes isn't asked for every five seconds. */
const LATER_SHARE = 0.1;

/** A reading that comes earlier than it was planned, for others, counts as the planned one if it comes within this share of the interval before. */
const EARLY_SHARE = 0.4;

/** So many of the last changes tell when the next one is first worth a reading; fewer than the least say nothing. */
const SAMPLES = { most: 50, least: 10 } as const;

/** One instance as it was read. */
export interface Sighting {
  /** Undefined: there is no instance of that name. */
  readonly instance: FleetInstance | undefined;
  /** When it was asked for, by the monotonic clock, in milliseconds: what it shows is no newer, however late the answer came. */
  readonly asked: number;
}

/** What somebody wants to know of an instance, and when. */
export interface Wanted extends Pick<CallOptions, 'abortSignal' | 'onWait'> {
  /** Only a reading that was asked for at this time or later will do; by the monotonic clock. */
  readonly since: number;
  /** No call is made for it before this time; a reading that others have asked for is given earlier. */
  readonly due: number;
  /** Where the instance is: what an answer says of one elsewhere is none of it. */
  readonly scope?: Scope;
  /** Called where a call for it, and for others, was throttled and is repeated. */
  readonly onThrottled?: () => void;
}

/** A change that is waited for; times are milliseconds by the monotonic clock. */
export interface Awaited {
  /** When it was written to, or when the wait began. */
  readonly from: number;
  /** When it was last read. */
  readonly now: number;
  /** How often it is read, see `apply.pollInterval`. */
  readonly interval: number;
  /** It is read at this time, whatever else is said. */
  readonly deadline: number;
  /** When its next reading was planned for; left out, none was. */
  readonly planned?: number;
}

interface Waiter {
  readonly name: string;
  readonly due: number;
  readonly wanted: Wanted;
  readonly signal: AbortSignal | undefined;
  /** The call that is made for it. */
  call?: AbortController | undefined;
  readonly serve: (sighting: Sighting) => void;
  readonly refuse: (error: unknown) => void;
}

/** What one answer has shown. */
interface Answer {
  readonly asked: number;
  /** The page of a list, where it is one. */
  readonly page?: { readonly request: GetInstancesRequest; readonly reply: GetInstancesCommandOutput };
  /** Of one name there may be others, of another place. */
  readonly byName: ReadonlyMap<string, readonly Instance[]>;
}

/**
 * Reads the instances of one account and region for all who wait for one: for changes, before the write and until they are
 * applied. One for all activities of a process, see {@link readerOf}.
 *
 * 1. It sees every answer of GetInstance and GetInstances, whoever asked, and serves each waiter that it shows, due or not.
 * 2. An instance that is due is read by the page that showed it last, by its page token, where others of that page wait too.
 * 3. One that waits alone, or that its page no longer shows, is read by a GetInstance of its own: only that says that it is gone.
 * 4. A page that can't be read is forgotten, and is nobody's failure. A watch reads the pages of its instances too, or the whole list.
 * 5. What was asked for within {@link FRESH} serves those who come later, whole pages too.
 * 6. Nothing is served that was asked for before its instance was last written to from here.
 * 7. A change is read a second after its write, then after twice the time, up to the poll interval; later once a tenth of its time.
 * 8. None is first read before the time at which nine tenths of the last fifty were still pending.
 * 9. Readings come at multiples of half the interval: what is read together ends together, and the next changes begin on it.
 *
 * @example const { instance, asked } = await readerOf(lightsail).read('web-7', { since: wroteAt, due });
 */
export class InstanceReader {
  /** The same Lightsail, whose answers this reader sees, whoever asks. */
  readonly lightsail: Lightsail;
  readonly #waiting = new Set<Waiter>();
  /** By name, and by ID (see `watchId`): the request whose answer has shown it last. */
  readonly #pageOf = new Map<string, GetInstancesRequest>();
  readonly #pagesUnderWay = new Set<GetInstancesRequest>();
  #answers: Answer[] = [];
  /** By name: when an Update was last sent or answered. */
  readonly #written = new Map<string, number>();
  /** Of the last changes, how long each was seen pending; milliseconds. */
  #pending: readonly number[] = [];
  #alarm: { readonly at: number; readonly off: AbortController } | undefined;

  constructor(
    lightsail: Lightsail,
    private readonly clock: WaitClock = MONOTONIC_CLOCK,
    private readonly saySo = SAY_SO,
  ) {
    this.lightsail = this.#observed(lightsail);
  }

  /**
   * A reading of the instance with that name.
   *
   * @throws what GetInstance of this instance throws, other than that it is gone; the signal's reason; what `onWait` throws
   */
  async read(name: string, wanted: Wanted): Promise<Sighting> {
    wanted.abortSignal?.throwIfAborted();
    for (const answer of this.#answers.toReversed()) {
      const instance = this.#findIn(answer, name, wanted);
      if (instance !== undefined) return { instance, asked: answer.asked };
    }
    return sayWhileWaiting(wanted, this.saySo, (signal) => this.#wait(name, wanted, signal));
  }

  /**
   * A reading by a call of its own, before all that wait for their turn: for an Update whose turn has come.
   *
   * @throws what {@link read} throws
   */
  async readNow(name: string, { scope, ...call }: Pick<Wanted, 'abortSignal' | 'onWait' | 'scope'>): Promise<Sighting> {
    let asked = this.clock.now();
    const onSend = () => {
      asked = this.clock.now();
    };
    const instance = await readOne(this.lightsail, name, { ...call, onSend, urgent: true }, scope);
    return { instance, asked };
  }

  /**
   * The instances of the pages that have shown these last; or of all pages, where one of them isn't known or isn't there.
   *
   * @param ids - as `watchId` gives them
   * @param calls - this reader's `lightsail`, or one that stands before it
   * @throws what `instancePages` does
   */
  async *pagesWith(
    ids: Iterable<string>,
    calls: Pick<Lightsail, 'getInstances'>,
    { includeHealthStatus, ...call }: Omit<InstancePagesOptions, 'pageToken' | 'pagesBefore'> = {},
  ): AsyncGenerator<readonly Instance[], void, undefined> {
    const missing = new Set(ids);
    const pages = new Set([...missing].map((id) => this.#pageOf.get(id)));
    for (const page of pages) {
      // All of them or none: a part of them may cost more calls than the whole list.
      if (pages.has(undefined) || page === undefined || (includeHealthStatus && !page.includeHealthStatus)) break;
      const instances = await this.#pageAgain(page, calls, call);
      if (instances === undefined) break;
      for (const instance of instances) missing.delete(watchId(textOf(memberOf(instance, 'arn')) ?? ''));
      yield instances;
    }
    if (missing.size === 0) return;
    const all = instancePages(calls, { ...call, ...(includeHealthStatus && { includeHealthStatus }) });
    for await (const { instances } of all) yield instances;
  }

  /** Undefined where it can't be read: its token may be good no longer. */
  async #pageAgain(page: GetInstancesRequest, calls: Pick<Lightsail, 'getInstances'>, call: CallOptions) {
    try {
      const { instances } = await calls.getInstances(page, call);
      return Array.isArray(instances) ? instances : undefined;
    } catch {
      call.abortSignal?.throwIfAborted();
      this.#forgetPage(page);
      return undefined;
    }
  }

  #forgetPage(page: GetInstancesRequest): void {
    for (const [key, request] of this.#pageOf) if (request === page) this.#pageOf.delete(key);
  }

  /** When to read a change again, by the monotonic clock. */
  nextRead({ from, now, interval, deadline, planned = now }: Awaited): number {
    if (planned - now > interval * EARLY_SHARE) return planned;
    const passed = now - from;
    const gap = Math.max(Math.min(interval, Math.max(FIRST_READ, passed)), passed * LATER_SHARE);
    const grid = Math.min(gap, interval) / 2;
    const at = Math.round(Math.max(now + gap, from + this.#soonest) / grid) * grid;
    return deadline > now ? Math.min(at, deadline) : at;
  }

  /** A change was found applied so long after its write, and `pending` is when it was last seen pending; milliseconds, 0 if it never was. */
  learn({ pending, applied }: { readonly pending: number; readonly applied: number }): void {
    // Without that, half of the time is a guess: the next ones are read earlier, and show it.
    this.#pending = [...this.#pending, pending > 0 ? pending : Math.max(0, applied / 2)].slice(-SAMPLES.most);
  }

  /** So long after their writes a tenth of the last changes were pending no more. */
  get #soonest(): number {
    if (this.#pending.length < SAMPLES.least) return 0;
    return this.#pending.toSorted((a, b) => a - b)[Math.floor(this.#pending.length / 10)] ?? 0;
  }

  #wait(name: string, wanted: Wanted, signal: AbortSignal | undefined): Promise<Sighting> {
    return new Promise((resolve, reject) => {
      const end = () => {
        this.#waiting.delete(waiter);
        signal?.removeEventListener('abort', leave);
      };
      const leave = () => {
        end();
        const { call } = waiter;
        if (call !== undefined && ![...this.#waiting].some((other) => other.call === call)) call.abort();
        reject(signal?.reason);
      };
      const waiter: Waiter = {
        name,
        wanted,
        due: Math.max(wanted.since, wanted.due),
        signal,
        serve: (sighting) => {
          end();
          resolve(sighting);
        },
        refuse: (error) => {
          end();
          reject(error);
        },
      };
      signal?.addEventListener('abort', leave, { once: true });
      this.#waiting.add(waiter);
      this.#plan();
    });
  }

  /** Sets the alarm for the next one that is due. */
  #plan(): void {
    let at = Number.POSITIVE_INFINITY;
    for (const waiter of this.#waiting) if (this.#isIdle(waiter)) at = Math.min(at, waiter.due);
    if (at === this.#alarm?.at) return;
    this.#alarm?.off.abort();
    this.#alarm = undefined;
    if (at === Number.POSITIVE_INFINITY) return;
    const alarm = { at, off: new AbortController() };
    this.#alarm = alarm;
    void this.clock.sleep(Math.max(0, at - this.clock.now()), alarm.off.signal).then(() => {
      if (this.#alarm !== alarm) return;
      this.#alarm = undefined;
      this.#callForAllDue();
      this.#plan();
    });
  }

  /** No call is made for it; one of its page that is under way may show it. */
  #isIdle({ name, call }: Waiter): boolean {
    const page = this.#pageOf.get(name);
    return call === undefined && (page === undefined || !this.#pagesUnderWay.has(page));
  }

  #callForAllDue(): void {
    const now = this.clock.now();
    const byPage = new Map<GetInstancesRequest | undefined, Waiter[]>();
    for (const waiter of this.#waiting) {
      if (!this.#isIdle(waiter)) continue;
      const page = this.#pageOf.get(waiter.name);
      byPage.set(page, [...(byPage.get(page) ?? []), waiter]);
    }
    for (const [page, waiters] of byPage) {
      const due = waiters.filter((waiter) => waiter.due <= now);
      if (page !== undefined && waiters.length > 1 && due.length > 0) void this.#readPage(page, due);
      else for (const waiter of due) void this.#readAlone(waiter);
    }
  }

  /** What it reads is served where it is seen. */
  async #readAlone(waiter: Waiter): Promise<void> {
    const { name, signal, wanted } = waiter;
    waiter.call = new AbortController();
    const asked = this.clock.now();
    try {
      const instance = await readOne(this.lightsail, name, signal && { abortSignal: signal }, wanted.scope);
      if (instance === undefined) waiter.serve({ instance, asked });
    } catch (error) {
      waiter.refuse(error);
    }
    // Who still waits was written to meanwhile.
    waiter.call = undefined;
    this.#plan();
  }

  async #readPage(request: GetInstancesRequest, waiters: readonly Waiter[]): Promise<void> {
    const call = new AbortController();
    for (const waiter of waiters) waiter.call = call;
    this.#pagesUnderWay.add(request);
    let refusals = 0;
    let hasFailed = false;
    try {
      await retryThrottled(() => this.lightsail.getInstances(request, { abortSignal: call.signal }), {
        signal: call.signal,
        sleep: (ms, signal) => this.clock.sleep(ms, signal),
        onThrottled: () => {
          refusals += 1;
          if (refusals >= MOST_REFUSALS) call.abort();
          waiters.find((waiter) => this.#waiting.has(waiter))?.wanted.onThrottled?.();
        },
      });
    } catch {
      // Those whom it should have shown are read one by one, which says what is wrong.
      hasFailed = true;
    }
    this.#pagesUnderWay.delete(request);
    // Whoever still waits was not shown. Of a page that has failed the token may be good no longer: nobody is looked for there.
    const unserved = waiters.filter((waiter) => this.#waiting.has(waiter));
    if (hasFailed && unserved.length > 0) this.#forgetPage(request);
    for (const { name } of unserved) if (this.#pageOf.get(name) === request) this.#pageOf.delete(name);
    for (const waiter of waiters) waiter.call = undefined;
    this.#plan();
  }

  #see(instances: readonly Instance[], asked: number, page?: Answer['page']): void {
    const byName = new Map<string, readonly Instance[]>();
    for (const instance of instances) {
      const name = textOf(memberOf(instance, 'name'));
      if (name !== undefined) byName.set(name, [...(byName.get(name) ?? []), instance]);
    }
    const answer: Answer = { asked, byName, ...(page !== undefined && { page }) };
    this.#answers = [...this.#answers.filter((other) => other.asked >= asked - FRESH), answer];
    for (const { name, wanted, serve } of this.#waiting) {
      const instance = this.#findIn(answer, name, wanted);
      if (instance !== undefined) serve({ instance, asked });
    }
  }

  /** The instance as somebody wants it: asked for since then, still true, of that place where one is named, and with options that can be read. */
  #findIn({ asked, page, byName }: Answer, name: string, { since, scope }: Pick<Wanted, 'since' | 'scope'>) {
    if (asked < since || !this.#isTrue(name, asked)) return undefined;
    const read = (byName.get(name) ?? []).flatMap((instance) => toFleetInstance(instance) ?? []);
    // In a list, what can't be judged is read again by itself.
    const isReadable = ({ options, optionsState }: FleetInstance) =>
      options !== undefined && optionsState !== undefined;
    return read.find(
      (instance) =>
        (scope === undefined || scopeKey(instance) === scopeKey(scope)) && (page === undefined || isReadable(instance)),
    );
  }

  /** The same page as it was answered a moment ago, if that is still true of all its instances. */
  #recentPage({ pageToken, includeHealthStatus = false }: GetInstancesRequest, maxAge: number) {
    const since = this.clock.now() - maxAge;
    const isTheSame = ({ asked, page, byName }: Answer) =>
      asked >= since &&
      page?.request.pageToken === pageToken &&
      page !== undefined &&
      (page.request.includeHealthStatus === true || !includeHealthStatus) &&
      [...byName.keys()].every((name) => this.#isTrue(name, asked));
    return this.#answers.findLast(isTheSame)?.page?.reply;
  }

  /** Whether a reading that was asked for at this time can still be true. */
  #isTrue(name: string, asked: number): boolean {
    return asked >= (this.#written.get(name) ?? Number.NEGATIVE_INFINITY);
  }

  /** An Update of it is sent, or has been answered: what was asked for until now is no longer true. */
  #forget(name: string): void {
    const now = this.clock.now();
    this.#written.delete(name);
    this.#written.set(name, now);
    for (const [other, at] of this.#written) {
      if (at >= now - LONG_PAST) break;
      this.#written.delete(other);
    }
  }

  #observed(lightsail: Lightsail): Lightsail {
    const timed = async <T>(call: CallOptions | undefined, send: (call: CallOptions) => Promise<T>) => {
      let asked = this.clock.now();
      const onSend = () => {
        // It has waited for its turn.
        asked = this.clock.now();
        call?.onSend?.();
      };
      return { reply: await send({ ...call, onSend }), asked };
    };
    return {
      getInstance: async (request, call) => {
        const { reply, asked } = await timed(call, (timedCall) => lightsail.getInstance(request, timedCall));
        // An answer about another instance is an error of this call, and no reading of that one.
        if (reply.instance && memberOf(reply.instance, 'name') === request.instanceName)
          this.#see([reply.instance], asked);
        return reply;
      },
      getInstances: async (request, call) => {
        const recent = call?.maxAge === undefined ? undefined : this.#recentPage(request, call.maxAge);
        if (recent !== undefined) return recent;
        const { reply, asked } = await timed(call, (timedCall) => lightsail.getInstances(request, timedCall));
        // Missing members can be null on the wire.
        const instances = Array.isArray(reply.instances) ? reply.instances : [];
        for (const instance of instances) {
          const name = textOf(memberOf(instance, 'name'));
          if (name !== undefined) this.#pageOf.set(name, request);
          const arn = textOf(memberOf(instance, 'arn'));
          if (arn !== undefined) this.#pageOf.set(watchId(arn), request);
        }
        this.#see(instances, asked, { request, reply });
        return reply;
      },
      updateInstanceMetadataOptions: async (request, call) => {
        const name = request.instanceName;
        if (name !== undefined) this.#forget(name);
        try {
          return await lightsail.updateInstanceMetadataOptions(request, call);
        } finally {
          if (name !== undefined) this.#forget(name);
        }
      },
      getInstanceMetricData: (request, call) => lightsail.getInstanceMetricData(request, call),
      getOperations: (request, call) => lightsail.getOperations(request, call),
      getRegions: (request, call) => lightsail.getRegions(request, call),
      ...(lightsail.reserveWrite !== undefined && { reserveWrite: lightsail.reserveWrite }),
      ...passOthers(lightsail),
    };
  }
}

const readers = new WeakMap<Lightsail, InstanceReader>();

/** The reader of a scope: the same one for the same Lightsail, for all who share it. */
export function readerOf(lightsail: Lightsail): InstanceReader {
  const known = readers.get(lightsail);
  if (known !== undefined) return known;
  const reader = new InstanceReader(lightsail);
  readers.set(lightsail, reader);
  readers.set(reader.lightsail, reader);
  return reader;
}

/** The same Lightsails, of whose answers their readers learn whatever else they are asked for. */
export function sharedReadings(lightsail: LightsailFor): LightsailFor {
  return (scope) => readerOf(lightsail(scope)).lightsail;
}
