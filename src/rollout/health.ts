import type { KeysRefused } from './account-keys.js';
import type { FleetInstance } from './instance.js';
import type { MetadataOptions } from './options.js';
import type { Scope } from './scope.js';
import { matchesSelector } from './selector.js';
import type { RolloutSpec } from './spec.js';
import type { WatchPaces } from './watch-pace.js';

/** One way to tell whether an instance is well. */
export type HealthCheck =
  | { readonly kind: 'status' }
  /** `expect`: a status code, or the one that was read before the change. */
  | { readonly kind: 'http'; readonly url: string; readonly expect: number | 'same' }
  | { readonly kind: 'activity'; readonly type: string; readonly taskQueue: string };

/** What a reading says of an instance; `inconclusive` says nothing of it, and never counts as a fail. */
export type Verdict = 'pass' | 'fail' | 'inconclusive';

export interface HealthReading {
  readonly verdict: Verdict;
  /** For a person; empty where it passes. */
  readonly reason: string;
}

/** So many inconclusive readings in a row, and the rollout waits. */
export const BLIND_AFTER = 3;

/** Fails and inconclusive readings in a row. */
export interface Streak {
  readonly fails: number;
  readonly blind: number;
}

/** Fails and inconclusive readings in a row, by instance ID, see {@link WatchGroup.ids}; who passed last is left out. */
export type Streaks = Readonly<Record<string, Streak>>;

/** Instances that are looked at alike. */
export interface WatchGroup {
  readonly stage: string;
  /** An instance counts as changed once it is read with these values, applied. */
  readonly desired: MetadataOptions;
  readonly checks: readonly HealthCheck[];
  /** The last part of the instance's ARN, such as `Instance/1f2e…`: a whole one would triple what stays in history. */
  readonly ids: readonly string[];
}

/** `before` a change: until each has been judged once. `after` it: until there is something to report. `settle`: until no reading is in doubt. */
export type WatchMode = 'before' | 'after' | 'settle';

/** At most so many instances in one watch: its input stays well below Temporal's payload limits. */
export const MAX_WATCHED = 1_000;

/** A round that takes longer than this, in milliseconds, leaves what it has not read yet inconclusive. */
export const ROUND_TIMEOUT = 480_000;

/** What is watched in one account and region. */
export interface WatchedScope {
  readonly scope: Scope;
  readonly groups: readonly WatchGroup[];
  readonly streaks: Streaks;
  /** Instances that were judged in earlier rounds, and aren't read again. Default: none. */
  readonly judged?: number;
}

/** One round of readings, over all accounts and regions of a run; again and again while there is nothing to report. */
export interface WatchInput {
  /** The rollout's workflow ID. */
  readonly rollout: string;
  readonly mode: WatchMode;
  /** Milliseconds. */
  readonly interval: number;
  readonly failureThreshold: number;
  readonly scopes: readonly WatchedScope[];
  readonly paces?: WatchPaces;
}

/** What one or more rounds have found in a scope; with all lists empty, that every instance is well or out of sight. */
export interface WatchNews {
  /** Failed so many times in a row as the spec allows; no longer watched. */
  readonly unhealthy: readonly { readonly id: string; readonly reason: string }[];
  /** Whose readings have now been inconclusive three times in a row, with the first one's reason. */
  readonly blind: readonly string[];
  readonly blindReason?: string;
  /** Were blind, and are read again. */
  readonly recovered: readonly string[];
  /** Over half of the scope was inconclusive in the last round: the observer is the likely cause. */
  readonly observer: boolean;
}

export interface ScopeReport extends WatchNews {
  readonly streaks: Streaks;
  /** Status codes read before the change, by instance and in the order of its checks; null where there is none. */
  readonly codes?: Readonly<Record<string, readonly (number | null)[]>>;
  /** Nothing could be read, as the caller's keys are refused: that counts as no reading. */
  readonly refused?: KeysRefused;
}

export interface WatchReport {
  /** In the order of the input's. */
  readonly scopes: readonly ScopeReport[];
  readonly paces: WatchPaces;
}

/** The one verdict of several checks: one that fails is enough, and one that says nothing leaves it open. */
export function combineReadings(readings: readonly HealthReading[]): HealthReading {
  const worst =
    readings.find(({ verdict }) => verdict === 'fail') ?? readings.find(({ verdict }) => verdict === 'inconclusive');
  return worst ?? { verdict: 'pass', reason: '' };
}

/** Counts readings in a row, so that one bad reading among many does nothing. */
export class HealthJudge {
  readonly #streaks: Map<string, Streak>;

  constructor(
    private readonly failureThreshold: number,
    streaks: Streaks,
  ) {
    this.#streaks = new Map(Object.entries(streaks));
  }

  /**
   * @param readings - of one round, by instance ID; an instance that can't be judged now is left out
   * @param looked - how many instances the round stands for, where those that were judged before aren't read again
   */
  take(readings: ReadonlyMap<string, HealthReading>, looked = readings.size): WatchNews {
    const unhealthy: { id: string; reason: string }[] = [];
    const blind: string[] = [];
    const recovered: string[] = [];
    let blindReason: string | undefined;
    let inconclusive = 0;
    for (const [id, { verdict, reason }] of readings) {
      const last = this.#streaks.get(id) ?? NONE;
      if (verdict === 'inconclusive') {
        inconclusive += 1;
        // What can't be read says nothing of the fails before it, so they stand.
        this.#streaks.set(id, { fails: last.fails, blind: Math.min(BLIND_AFTER, last.blind + 1) });
        if (last.blind + 1 !== BLIND_AFTER) continue;
        blind.push(id);
        blindReason ??= reason;
        continue;
      }
      if (last.blind >= BLIND_AFTER) recovered.push(id);
      if (verdict === 'pass') this.#streaks.delete(id);
      else this.#streaks.set(id, { fails: last.fails + 1, blind: 0 });
      if (verdict === 'fail' && last.fails + 1 >= this.failureThreshold) {
        unhealthy.push({ id, reason });
        this.#streaks.delete(id);
      }
    }
    return {
      unhealthy,
      blind,
      recovered,
      observer: inconclusive * 2 > looked,
      ...(blindReason !== undefined && { blindReason }),
    };
  }

  /**
   * Takes instances out of account that can't be judged now, such as stopped, deleted or not yet changed ones: nobody
   * waits until they are read.
   *
   * @param keepFails - whether their failed readings stand for when they are seen again
   * @returns those that were blind
   */
  overlook(ids: Iterable<string>, keepFails: boolean): string[] {
    const wereBlind: string[] = [];
    for (const id of ids) {
      const { fails, blind } = this.#streaks.get(id) ?? NONE;
      if (blind >= BLIND_AFTER) wereBlind.push(id);
      if (keepFails && fails > 0) this.#streaks.set(id, { fails, blind: 0 });
      else this.#streaks.delete(id);
    }
    return wereBlind;
  }

  get streaks(): Streaks {
    return Object.fromEntries(this.#streaks);
  }
}

const NONE: Streak = { fails: 0, blind: 0 };

/** The checks of each instance, by ARN. Their `match` is held against the tags that the plan has read. */
export function checksByArn(
  { health }: Pick<RolloutSpec, 'health'>,
  fleet: readonly FleetInstance[],
): ReadonlyMap<string, readonly HealthCheck[]> {
  return new Map(
    fleet.map((instance) => [
      instance.arn,
      health.checks.flatMap(({ match, ...check }) =>
        match === undefined || matchesSelector(match, instance) ? [check] : [],
      ),
    ]),
  );
}

/** Whether instances are read with their status checks when the plan is made. */
export function readsStatusBefore({ health }: Pick<RolloutSpec, 'health'>): boolean {
  return health.requireHealthyBefore && health.checks.some(({ kind }) => kind === 'status');
}

/** Puts the codes that were read before the change in the place of `same`. */
export function withCodes(checks: readonly HealthCheck[], codes: readonly (number | null)[] = []): HealthCheck[] {
  return checks.map((check, index) => {
    const code = codes[index] ?? undefined;
    return check.kind === 'http' && check.expect === 'same' && code !== undefined ? { ...check, expect: code } : check;
  });
}
