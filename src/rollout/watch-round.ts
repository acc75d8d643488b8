import type { KeysRefused } from './account-keys.js';
import { formatDuration } from './duration.js';
import {
  BLIND_AFTER,
  HealthJudge,
  type HealthReading,
  type ScopeReport,
  type Streaks,
  type WatchedScope,
  type WatchInput,
  type WatchMode,
  type WatchNews,
  type WatchReport,
} from './health.js';
import { addNews, NO_NEWS } from './watch-news.js';
import { afterTelling, isDue, later, NOTHING_TOLD, type WatchPaces } from './watch-pace.js';

/** What one round has read in a scope. */
export interface ScopeRound {
  /** By instance ID; an instance that can't be judged now is left out. */
  readonly readings: ReadonlyMap<string, HealthReading>;
  /** Status codes that are read before a change, by instance ID and in the order of its checks. */
  readonly codes: ReadonlyMap<string, readonly (number | null)[]>;
  /** Nothing was read, as the caller's keys are refused. */
  readonly refused?: KeysRefused;
}

/** What an attempt leaves to the next one of the same input. */
export interface Kept {
  /** The attempt that has left it. */
  readonly attempt: number;
  readonly paces: WatchPaces;
  /** In the order of the input's scopes. */
  readonly scopes: readonly { readonly streaks: Streaks; readonly news: WatchNews }[];
}

/** What comes of a round: a report, or another round after the interval, which goes on from what is kept, if anything is. */
export type RoundResult = { readonly report: WatchReport } | { readonly kept?: Kept };

/**
 * Counts what a round has read, and decides whether it is worth a report.
 *
 * What says that an instance fails is reported before anything else happens, since a cancellation between two attempts
 * loses what is kept; so is whatever the rollout has to know. Readings that change nothing known, and news that wait for
 * their time, are kept.
 *
 * @param rounds - of the scopes, in the order of the input's
 * @param attempt - the number of this one
 * @param kept - what an earlier attempt has left
 */
export function takeRound(
  input: WatchInput,
  rounds: readonly ScopeRound[],
  attempt: number,
  kept: Kept | undefined,
): RoundResult {
  const before = kept ?? { attempt: 0, paces: input.paces ?? NOTHING_TOLD, scopes: input.scopes.map(asGiven) };
  const passed = Math.max(1, attempt - before.attempt);
  const paces = { sight: later(before.paces.sight, passed), fails: later(before.paces.fails, passed) };
  const taken = input.scopes.map((scope, index) => {
    const report = takeScope(input, scope, rounds[index] ?? NOT_READ, before.scopes[index] ?? asGiven(scope));
    return { report, ...differences(scope.streaks, report.streaks) };
  });
  const scopes = taken.map(({ report }) => report);
  const hasSight = scopes.some(({ blind, recovered }) => blind.length + recovered.length > 0);
  const hasFails = taken.some(({ inFails }) => inFails);
  const hasMoved = taken.some(({ inAny }) => inAny);
  if (isWorthTelling(input, scopes, { hasSight, hasFails, hasMoved, paces })) {
    const told = {
      sight: hasSight ? afterTelling(paces.sight) : paces.sight,
      fails: hasFails ? afterTelling(paces.fails) : paces.fails,
    };
    return { report: { scopes, paces: told } };
  }
  const next = scopes.map(({ streaks, codes: _, refused: __, ...news }) => ({ streaks, news }));
  if (JSON.stringify(next) === JSON.stringify(before.scopes)) return {};
  return { kept: { attempt, paces, scopes: next } };
}

const NOT_READ: ScopeRound = { readings: new Map(), codes: new Map() };

function asGiven({ streaks }: WatchedScope): Kept['scopes'][number] {
  return { streaks, news: NO_NEWS };
}

function takeScope(
  { mode, failureThreshold }: WatchInput,
  { groups, judged = 0 }: WatchedScope,
  { readings, codes, refused }: ScopeRound,
  { streaks, news }: Kept['scopes'][number],
): ScopeReport {
  // Said of the caller, and of no instance: it counts as no reading.
  if (refused !== undefined) return { ...news, streaks, refused };
  const judge = new HealthJudge(failureThreshold, streaks);
  const found = judge.take(readings, readings.size + judged);
  const unseen = groups.flatMap(({ ids }) => ids.filter((id) => !readings.has(id)));
  // What is changed and fails, and is restarted for that, has not been well meanwhile.
  const overlooked = judge.overlook(unseen, mode === 'after');
  return {
    ...addNews(news, { ...found, recovered: [...found.recovered, ...overlooked] }),
    streaks: judge.streaks,
    ...(codes.size > 0 && { codes: Object.fromEntries(codes) }),
  };
}

interface Telling {
  readonly hasSight: boolean;
  readonly hasFails: boolean;
  readonly hasMoved: boolean;
  readonly paces: WatchPaces;
}

function isWorthTelling(
  { mode }: WatchInput,
  scopes: readonly ScopeReport[],
  { hasSight, hasFails, hasMoved, paces }: Telling,
): boolean {
  if (scopes.some(({ unhealthy, refused }) => unhealthy.length > 0 || refused !== undefined)) return true;
  if (mode !== 'after') return hasSight || !isWaiting(scopes) || hasMoved;
  // That readings are missing is told at once.
  const isFirstLoss = scopes.every(({ streaks, blind, recovered }) => {
    const lost = Object.values(streaks).filter((streak) => streak.blind >= BLIND_AFTER).length;
    return lost - blind.length + recovered.length === 0;
  });
  return (hasSight && (isFirstLoss || isDue(paces.sight))) || (hasFails && isDue(paces.fails));
}

/** Whether anybody is still out of sight. */
function isWaiting(scopes: readonly ScopeReport[]): boolean {
  return scopes.some(({ streaks }) => Object.keys(streaks).length > 0);
}

/** How the streaks of a scope differ from those that were given: in fails, or in anything. */
function differences(given: Streaks, streaks: Streaks): { readonly inFails: boolean; readonly inAny: boolean } {
  const ids = [...Object.keys(streaks), ...Object.keys(given)];
  return {
    inFails: ids.some((id) => (streaks[id]?.fails ?? 0) !== (given[id]?.fails ?? 0)),
    inAny: ids.some((id) => given[id]?.fails !== streaks[id]?.fails || given[id]?.blind !== streaks[id]?.blind),
  };
}

/**
 * A round with nothing to report, for a person who reads it as the last failure of an activity.
 *
 * @param next - milliseconds until the next one
 * @example describeRound(input, rounds, 60_000) // "38 of 40 instances are well, 2 can't be read (no answer); the next reading is in 1m"
 */
export function describeRound(
  { mode, scopes }: Pick<WatchInput, 'mode' | 'scopes'>,
  rounds: readonly Pick<ScopeRound, 'readings'>[],
  next: number,
): string {
  const total = scopes.flatMap(({ groups }) => groups.flatMap(({ ids }) => ids)).length;
  const readings = rounds.flatMap((round) => [...round.readings.values()]);
  const of = (verdict: HealthReading['verdict']) => readings.filter((reading) => reading.verdict === verdict);
  const [unread, failing] = [of('inconclusive'), of('fail')];
  const unseen = total - readings.length;
  const parts = [
    `${of('pass').length} of ${total} ${total === 1 ? 'instance is' : 'instances are'} well`,
    ...(failing.length > 0 ? [`${failing.length} failing (${failing[0]?.reason})`] : []),
    ...(unread.length > 0 ? [`${unread.length} can't be read (${unread[0]?.reason})`] : []),
    ...(unseen > 0 ? [`${unseen} ${UNSEEN[mode]}`] : []),
  ];
  return `${parts.join(', ')}; the next reading is in ${formatDuration(next)}`;
}

const UNSEEN = {
  before: 'not running',
  after: 'not changed yet, or not running',
  settle: 'not running',
} as const satisfies Record<WatchMode, string>;
