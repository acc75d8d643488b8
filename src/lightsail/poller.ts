import type { Instance } from '@aws-sdk/client-lightsail';
import type { FleetInstance } from '../rollout/instance.js';
import type { Scope } from '../rollout/scope.js';
import { type CallOptions, isRationed, type Lightsail } from './api.js';
import { type Awaited, ChangePace } from './change-pace.js';
import { observedCalls } from './observed-calls.js';
import { PageCount } from './page-count.js';
import { instancePages } from './pages.js';
import { gatherUntil, type Idle, nextRoundAt, type PollState, planRound } from './poll-round.js';
import { readOne } from './read-one.js';
import { isReadable, toFleetInstance } from './reading.js';
import { findIn, RecentReadings, type Sighting } from './recent-readings.js';
import { retryThrottledCalls } from './retry-throttled.js';
import { SAY_SO, sayWhileWaiting } from './say-while-waiting.js';
import { MONOTONIC_CLOCK, type WaitClock } from './wait-clock.js';

/** What somebody wants to know of an instance, and when. */
export interface Look extends Pick<CallOptions, 'abortSignal' | 'onWait'> {
  /** Only a reading that was asked for at this time or later will do; by the monotonic clock. */
  readonly since: number;
  /** No call is made for it before this time; a reading that others have asked for is given earlier. */
  readonly due: number;
  /** How often this instance is looked at, in milliseconds. */
  readonly interval: number;
  /** Where the instance is: what an answer says of one elsewhere is none of it. */
  readonly scope?: Scope;
  /** Called where a call for it, and for others, was throttled and is repeated. */
  readonly onThrottled?: () => void;
}

interface Waiter extends Idle {
  due: number;
  until: number;
  readonly name: string;
  readonly look: Look;
  readonly signal: AbortSignal | undefined;
  isCalling: boolean;
  isSwept: boolean;
  isAlone: boolean;
  readonly serve: (sighting: Sighting) => void;
  readonly refuse: (error: unknown) => void;
}

/** After a sweep that failed there is no other one for so long, in milliseconds. */
const SWEEP_REST = 30_000;

/** A page that is throttled so often in a row ends its sweep: lists may have a limit of their own. */
const MOST_REFUSALS = 8;

/**
 * Reads the instances of one account and region for all who wait for one, by single reads or by a sweep of all pages,
 * whichever needs fewer calls, see `planRound`. One for all activities of a process, see `pollerOf`.
 *
 * - Each answer serves everybody whom it shows, also those that aren't due yet; and what was asked for within the last second
 *   serves those who come later.
 * - Nothing is served that was asked for before its instance was last written to from here.
 * - A sweep says of no instance that it is gone, and its failure is nobody's: whom it hasn't shown is read by a call of its own.
 * - A sweep ends with the page after which nobody who is due waits for it.
 *
 * @example const { instance, asked } = await pollerOf(lightsail).look('web-7', { since: wroteAt, due, interval: 5_000 });
 */
export class InstancePoller {
  /** The same Lightsail, whose answers are seen by this poller, whoever asks. */
  readonly lightsail: Lightsail;
  readonly #isRationed: boolean;
  /** How long changes take here. */
  readonly pace = new ChangePace();
  readonly #waiting = new Set<Waiter>();
  readonly #recent = new RecentReadings();
  readonly #pages = new PageCount();
  #alarm: { readonly at: number; readonly off: AbortController } | undefined;
  #sweep: AbortController | undefined;
  #noSweepBefore = 0;
  #lastCallAt = Number.NEGATIVE_INFINITY;

  constructor(
    lightsail: Lightsail,
    private readonly clock: WaitClock = MONOTONIC_CLOCK,
    private readonly saySo = SAY_SO,
  ) {
    this.#isRationed = isRationed(lightsail);
    this.lightsail = observedCalls(lightsail, {
      now: () => clock.now(),
      onInstance: (instance, asked) => this.#see(instance === undefined ? [] : [instance], asked),
      onPage: ({ token, next, instances }, asked) => {
        this.#pages.see(token, next);
        this.#see(instances.filter(isReadable), asked);
      },
      onUpdate: (name) => this.#recent.forget(name, clock.now()),
    });
  }

  /**
   * A reading of the instance with that name.
   *
   * @throws what GetInstance of this instance throws, other than that it is gone; the signal's reason; what `onWait` throws
   */
  async look(name: string, look: Look): Promise<Sighting> {
    look.abortSignal?.throwIfAborted();
    const recent = this.#recent.find(name, look.since, look.scope);
    if (recent !== undefined) return recent;
    return sayWhileWaiting(look, this.saySo, (signal) => this.#wait(name, look, signal));
  }

  /**
   * A reading by a call of its own, before all that wait for their turn: for an Update whose turn has come.
   *
   * @throws what {@link look} throws
   */
  async lookNow(name: string, { scope, ...call }: Pick<Look, 'abortSignal' | 'onWait' | 'scope'>): Promise<Sighting> {
    let asked = this.clock.now();
    const onSend = () => {
      asked = this.clock.now();
    };
    const instance = await readOne(this.lightsail, name, { ...call, onSend, urgent: true }, scope);
    return { instance, asked };
  }

  /** When to look again at a change that was accepted. */
  nextLook(awaited: Awaited): number {
    return this.#isRationed ? this.pace.nextRound(awaited) : this.pace.nextLook(awaited);
  }

  #wait(name: string, look: Look, signal: AbortSignal | undefined): Promise<Sighting> {
    return new Promise((resolve, reject) => {
      const end = () => {
        this.#waiting.delete(waiter);
        signal?.removeEventListener('abort', leave);
      };
      const leave = () => {
        end();
        if (this.#waiting.size === 0) this.#sweep?.abort();
        reject(signal?.reason);
      };
      const now = this.clock.now();
      const quietFor = this.#waiting.size === 0 ? now - this.#lastCallAt : 0;
      const due = Math.max(look.since, look.due);
      const waiter: Waiter = {
        name,
        look,
        due,
        until: gatherUntil({ due, interval: look.interval }, now, quietFor),
        signal,
        isCalling: false,
        isSwept: false,
        isAlone: false,
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
    const at = nextRoundAt(this.#idle, this.#state);
    if (at === this.#alarm?.at) return;
    this.#alarm?.off.abort();
    this.#alarm = undefined;
    if (at === undefined) return;
    const alarm = { at, off: new AbortController() };
    this.#alarm = alarm;
    void this.clock.sleep(Math.max(0, at - this.clock.now()), alarm.off.signal).then(() => {
      if (this.#alarm !== alarm) return;
      this.#alarm = undefined;
      const { singles, sweep } = planRound(this.#idle, this.#state);
      for (const waiter of singles) void this.#read(waiter);
      if (sweep.length > 0) void this.#readAll(sweep);
      this.#plan();
    });
  }

  get #idle(): Waiter[] {
    return [...this.#waiting].filter(({ isCalling }) => !isCalling);
  }

  get #state(): PollState {
    const now = this.clock.now();
    const { pages } = this.#pages;
    const maySweep = now >= this.#noSweepBefore;
    return { now, pages, isSweeping: this.#sweep !== undefined, maySweep, isRationed: this.#isRationed };
  }

  /** What it reads is served where it is seen. */
  async #read(waiter: Waiter): Promise<void> {
    const { name, signal, look } = waiter;
    const asked = this.clock.now();
    waiter.isCalling = true;
    this.#lastCallAt = asked;
    try {
      const call = signal === undefined ? {} : { abortSignal: signal };
      const instance = await readOne(this.lightsail, name, call, look.scope);
      if (instance === undefined) waiter.serve({ instance, asked });
      // Seen and not served: it was asked for too early. Nothing is polled faster than its interval for that.
      if (this.#waiting.has(waiter)) waiter.due = waiter.until = this.clock.now() + look.interval;
    } catch (error) {
      waiter.refuse(error);
    } finally {
      waiter.isCalling = false;
      this.#plan();
    }
  }

  async #readAll(waiters: readonly Waiter[]): Promise<void> {
    const sweep = new AbortController();
    this.#sweep = sweep;
    for (const waiter of waiters) waiter.isSwept = true;
    this.#lastCallAt = this.clock.now();
    let refusals = 0;
    const calls = retryThrottledCalls(this.lightsail, {
      signal: sweep.signal,
      sleep: (ms, signal) => this.clock.sleep(ms, signal),
      onThrottled: () => {
        refusals += 1;
        if (refusals >= MOST_REFUSALS) sweep.abort();
        waiters.find((waiter) => this.#waiting.has(waiter))?.look.onThrottled?.();
      },
    });
    // A scope of unknown size is left where single reads would have been no dearer; one that was whole before, where it
    // would be more than twice as large now.
    let pagesLeft = this.#pages.isKnown ? 2 * this.#pages.pages : waiters.length;
    try {
      for await (const _ of instancePages(calls, { abortSignal: sweep.signal })) {
        refusals = 0;
        pagesLeft -= 1;
        const isWanted = this.#idle.some(({ due }) => due <= this.clock.now());
        if (pagesLeft <= 0 || !isWanted) break;
      }
    } catch {
      // Nobody waits where it was ended for that.
      if (this.#waiting.size > 0) this.#noSweepBefore = this.clock.now() + SWEEP_REST;
    } finally {
      this.#sweep = undefined;
      for (const waiter of waiters) Object.assign(waiter, { isSwept: false, isAlone: true });
      this.#plan();
    }
  }

  #see(instances: readonly Instance[], asked: number): void {
    const byName = new Map<string, readonly FleetInstance[]>();
    for (const each of instances) {
      const instance = toFleetInstance(each);
      if (instance === undefined || !this.#recent.isTrue(instance.name, asked)) continue;
      byName.set(instance.name, [...(byName.get(instance.name) ?? []), instance]);
    }
    this.#recent.add({ asked, byName });
    for (const waiter of this.#waiting) {
      const instance = findIn(byName.get(waiter.name), waiter.look.scope);
      if (instance !== undefined && asked >= waiter.look.since) waiter.serve({ instance, asked });
    }
  }
}
