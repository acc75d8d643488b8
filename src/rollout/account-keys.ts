import { z } from 'zod';
import { cutReason, MAX_REASON_LENGTH } from './outcome.js';
import type { Place } from './reach.js';
import type { Waiting } from './status.js';

/** AWS, or the SDK, refuses whoever calls in an account. It says nothing of an instance, and the call has had no effect. */
export interface KeysRefused {
  /** Missing: the worker's own. */
  readonly account?: string;
  /** Where the call went. */
  readonly region: string;
  /** The keys were good once, or their source can't be reached; otherwise AWS doesn't know them, or there are none. */
  readonly isLapsed: boolean;
  /** The error, in at most {@link MAX_REASON_LENGTH} characters. */
  readonly why: string;
}

export const keysRefusedSchema = z.object({
  account: z.string().exactOptional(),
  region: z.string(),
  isLapsed: z.boolean(),
  why: z.string().max(MAX_REASON_LENGTH),
}) satisfies z.ZodType<KeysRefused>;

/** While planning, keys that have lapsed are waited for so long, in milliseconds. */
export const PLANNING_WAIT = 600_000;

/** The first probe after a refusal, and the longest time between two probes; milliseconds. */
const PROBE = { first: 5_000, longest: 60_000 } as const;

/** Keys that are refused again within this time after they were accepted were never really accepted; milliseconds. */
const RELAPSE = 120_000;

/** Between two notifications of one hold: soon at first, and every four hours from the third on; milliseconds. */
const REMIND_AFTER = [15 * 60_000, 3_600_000] as const;
const REMIND_LATER = 4 * 3_600_000;

/** One account whose keys are refused. */
export interface RefusedAccount {
  readonly refused: KeysRefused;
  /** Milliseconds since the epoch. */
  readonly since: number;
  /** The rollout has waited for as long as its spec allows, and does so no more. */
  readonly isGivenUp: boolean;
}

interface Relapse {
  readonly since: number;
  readonly acceptedAt: number;
  readonly count: number;
}

/** Whose calls are refused for now, and whose have been accepted in this run. */
export class AccountKeys {
  readonly #refused = new Map<string, RefusedAccount>();
  readonly #accepted = new Set<string>();
  readonly #relapses = new Map<string, Relapse>();

  /**
   * @param now - milliseconds since the epoch
   * @returns where this begins a wait, since when it counts, and the time before the first probe; in milliseconds
   */
  refuse(refused: KeysRefused, now: number): { readonly since: number; readonly probeAfter: number } | undefined {
    const key = refused.account ?? '';
    const held = this.#refused.get(key);
    if (held?.isGivenUp === false) return undefined;
    const last = this.#relapses.get(key);
    const isRelapse = last !== undefined && now - last.acceptedAt < RELAPSE;
    if (!isRelapse) this.#relapses.delete(key);
    const since = held?.since ?? (isRelapse ? last.since : now);
    this.#refused.set(key, { refused, since, isGivenUp: false });
    return { since, probeAfter: Math.min(PROBE.longest, PROBE.first * 2 ** (isRelapse ? last.count : 0)) };
  }

  /** Calls of this account are accepted. @param now - milliseconds since the epoch */
  accept(account: string | undefined, now: number): void {
    const key = account ?? '';
    const held = this.#refused.get(key);
    if (held === undefined) return;
    this.#refused.delete(key);
    const count = (this.#relapses.get(key)?.count ?? 0) + 1;
    this.#relapses.set(key, { since: held.since, acceptedAt: now, count });
  }

  /** A call was accepted. Of another region it says little: AWS answers as to unknown keys where a region isn't enabled. */
  noteAccepted({ account = '', region }: Place): void {
    this.#accepted.add(`${account}/${region}`);
  }

  /** It was waited for long enough. */
  giveUp(account: string | undefined): void {
    const key = account ?? '';
    const held = this.#refused.get(key);
    if (held !== undefined) this.#refused.set(key, { ...held, isGivenUp: true });
  }

  /** Whether a call of this place was accepted; where the spec names no accounts, all calls are of the worker's own. */
  hasAccepted({ account = '', region }: Place): boolean {
    return this.#accepted.has(`${account}/${region}`) || this.#accepted.has(`/${region}`);
  }

  find(account: string | undefined): RefusedAccount | undefined {
    return this.#refused.get(account ?? '');
  }

  /** The first of those that are waited for. */
  get first(): RefusedAccount | undefined {
    return [...this.#refused.values()].find(({ isGivenUp }) => !isGivenUp);
  }

  /** The first of those that are waited for no longer. */
  get givenUp(): RefusedAccount | undefined {
    return [...this.#refused.values()].find(({ isGivenUp }) => isGivenUp);
  }
}

/** What the run waits for, as it is shown. @param isoTime - of milliseconds since the epoch */
export function waitingForKeys(
  { refused, since }: RefusedAccount,
  until: number,
  isoTime: (ms: number) => string,
): Waiting {
  return {
    for: 'credentials',
    since: isoTime(since),
    until: isoTime(until),
    reason: describeRefusal(refused),
  };
}

/**
 * Which account, and what to renew.
 *
 * @example describeRefusal({ account: '111122223333', region: 'us-east-1', isLapsed: true, why: 'ExpiredTokenException: …' })
 */
export function describeRefusal({ account, region, isLapsed, why }: KeysRefused): string {
  const whose = account === undefined ? "the worker's own account" : `account ${account}`;
  const remedy = isLapsed
    ? `renew the worker's credentials for it, or mend what hands them out`
    : `correct the worker's credentials for it`;
  return cutReason(`the keys for ${whose} are refused in ${region}: ${remedy}; it goes on by itself (${why})`);
}

/** The time to the next notification of a hold. @param told - how often it was told already, the first time included */
export function remindAfter(told: number): number {
  return REMIND_AFTER[told - 1] ?? REMIND_LATER;
}

/** How often an account is probed, after the first time: once a minute before long; milliseconds. */
export const PROBE_BACKOFF = { first: 2 * PROBE.first, longest: PROBE.longest } as const;
