import type { Instance } from '@aws-sdk/client-lightsail';
import type { Context } from '@temporalio/activity';
import pMap from 'p-map';
import {
  classifyError,
  describeProblem,
  FRESH,
  type LightsailFor,
  publicAddressesOf,
  readerOf,
  readStatus,
  retryThrottledCalls,
  toFleetInstance,
  toListedInstance,
} from '../lightsail/index.js';
import type { KeysRefused } from '../rollout/account-keys.js';
import {
  combineReadings,
  type HealthReading,
  ROUND_TIMEOUT,
  type WatchedScope,
  type WatchGroup,
  type WatchInput,
  type WatchMode,
} from '../rollout/health.js';
import type { FleetInstance } from '../rollout/instance.js';
import { isCompliant } from '../rollout/options.js';
import { watchId } from '../rollout/watch-groups.js';
import type { ScopeRound } from '../rollout/watch-round.js';
import { type Asked, askedKey, askUser } from './ask-user.js';
import { callScope } from './call-scope.js';
import type { ActivityDeps } from './deps.js';
import { refusalOf } from './failures.js';
import { type ProbeReading, probe } from './probe.js';

/** Probes under way at once. */
const PROBES_AT_ONCE = 50;

/** A list that is throttled for longer than this, in milliseconds, has read nothing. */
const LIST_TIMEOUT = ROUND_TIMEOUT / 2;

/** An instance that is judged in this round. */
interface Seen {
  readonly id: string;
  /** The index of its scope. */
  readonly at: number;
  readonly group: WatchGroup;
  readonly raw: Instance;
  readonly instance: FleetInstance;
}

/** Reads all instances once: the lists of each region that show them, and then their other checks. @returns a round for each scope */
export async function readRound(
  { lightsail, settings = {} }: ActivityDeps,
  input: WatchInput,
  context: Context,
): Promise<ScopeRound[]> {
  const signal = AbortSignal.any([context.cancellationSignal, AbortSignal.timeout(ROUND_TIMEOUT)]);
  const { mode, scopes } = input;
  const found = await Promise.all(
    scopes.map((each) => readWatched(lightsail, each, context, { signal, maxAge: maxAgeOf(input, context) })),
  );
  const seen = found.flatMap((list, at) => ('get' in list ? seenIn(mode, scopes[at]?.groups ?? [], list, at) : []));
  const [asked, probed] = await Promise.all([
    askUser(seen.flatMap(toAsked), { input, settings, context, signal }),
    probeAll(seen, settings.probes, signal),
  ]);
  const rounds = found.map((list, at) => {
    const readings = new Map<string, HealthReading>();
    const codes = new Map<string, readonly (number | null)[]>();
    if ('isLapsed' in list) return { readings, codes, refused: list };
    if ('verdict' in list) for (const id of scopes[at]?.groups.flatMap(({ ids }) => ids) ?? []) readings.set(id, list);
    return { readings, codes };
  });
  for (const { id, at, group, raw, instance } of seen) {
    const each = group.checks.map((check, index): ProbeReading => {
      switch (check.kind) {
        case 'status':
          return statusReading(raw);
        case 'http':
          return probed.get(probeKey(instance.arn, index)) ?? NOT_READ;
        case 'activity':
          return asked.get(askedKey(check, instance.arn)) ?? NOT_READ;
        default:
          return check satisfies never;
      }
    });
    rounds[at]?.readings.set(id, combineReadings(each));
    const readsCodes = group.checks.some((check) => check.kind === 'http' && check.expect === 'same');
    if (mode === 'before' && readsCodes) {
      rounds[at]?.codes.set(
        id,
        each.map(({ code }) => code ?? null),
      );
    }
  }
  return rounds;
}

function seenIn(
  mode: WatchMode,
  groups: readonly WatchGroup[],
  found: ReadonlyMap<string, Instance>,
  at: number,
): Seen[] {
  return groups.flatMap((group) =>
    group.ids.flatMap((id): Seen[] => {
      const raw = found.get(id);
      const instance = raw === undefined ? undefined : toFleetInstance(raw);
      if (raw === undefined || instance === undefined || !isJudged(mode, group, instance, raw)) return [];
      return [{ id, at, group, raw, instance }];
    }),
  );
}

/**
 * The first round after a change may go by what was listed a moment ago: who is judged by it is changed already. Any other one
 * is a reading of its own; before a change, what was read for the plan may be older than what somebody has done since.
 */
function maxAgeOf({ mode, scopes }: WatchInput, { info }: Context): number {
  const isFirst = info.attempt === 1 && scopes.every(({ streaks }) => Object.keys(streaks).length === 0);
  return mode === 'after' && isFirst ? FRESH : 0;
}

const NOT_READ = { verdict: 'inconclusive', reason: 'it was not asked' } as const;

/** The instances that are watched, and others, by ID; or why they can't be read. */
async function readWatched(
  lightsail: LightsailFor,
  { scope, groups }: WatchedScope,
  context: Context,
  { signal: cancelled, maxAge }: { readonly signal: AbortSignal; readonly maxAge: number },
): Promise<ReadonlyMap<string, Instance> | HealthReading | KeysRefused> {
  const timeout = AbortSignal.timeout(LIST_TIMEOUT);
  const signal = AbortSignal.any([cancelled, timeout]);
  const includeHealthStatus = groups.some(({ checks }) => checks.some(({ kind }) => kind === 'status'));
  const found = new Map<string, Instance>();
  try {
    const reader = readerOf(lightsail(callScope(scope, context)));
    const ids = groups.flatMap((group) => group.ids);
    const calls = retryThrottledCalls(reader.lightsail, { signal });
    for await (const instances of reader.pagesWith(ids, calls, { abortSignal: signal, maxAge, includeHealthStatus })) {
      for (const instance of instances) {
        const listed = toListedInstance(instance, scope);
        // What is said of an instance elsewhere is no reading of the one that is watched.
        if (listed !== undefined && listed.outOfScope === undefined) found.set(watchId(listed.arn), instance);
      }
    }
    return found;
  } catch (error) {
    const refused = timeout.aborted ? undefined : refusalOf(error, scope);
    if (refused !== undefined) return refused;
    const reason = timeout.aborted
      ? `Lightsail gave no whole list of ${scope.region} within ${LIST_TIMEOUT / 60_000} minutes`
      : describeProblem(classifyError(error));
    return { verdict: 'inconclusive', reason };
  }
}

/** Whether a reading of this instance says anything now: it runs, and after a change it has the wanted options. */
function isJudged(mode: WatchMode, { desired }: WatchGroup, instance: FleetInstance, raw: Instance): boolean {
  if (instance.state !== 'running' && instance.state !== 'unknown') return false;
  if (!readStatus(raw).applies) return false;
  if (mode === 'before') return true;
  return instance.optionsState === 'applied' && isCompliant(instance.options ?? {}, desired);
}

function statusReading(raw: Instance): HealthReading {
  const { impaired, unclear } = readStatus(raw);
  if (impaired !== undefined) return { verdict: 'fail', reason: impaired };
  return unclear === undefined ? { verdict: 'pass', reason: '' } : { verdict: 'inconclusive', reason: unclear };
}

/** Every HTTP check of every instance, by {@link probeKey}. */
async function probeAll(
  seen: readonly Seen[],
  rules: NonNullable<ActivityDeps['settings']>['probes'],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, ProbeReading>> {
  const probes = seen.flatMap(({ group, raw, instance: { account, region, name, arn } }) => {
    const target = { account, region, name, addresses: publicAddressesOf(raw) };
    return group.checks.flatMap((check, index) =>
      check.kind === 'http' ? [{ key: probeKey(arn, index), check, target }] : [],
    );
  });
  const read = async ({ key, check, target }: (typeof probes)[number]) =>
    [key, await probe(check, target, rules, { signal })] as const;
  return new Map(await pMap(probes, read, { concurrency: PROBES_AT_ONCE }));
}

function toAsked({ group, raw, instance }: Seen): Asked[] {
  const { account, region, name, arn } = instance;
  const publicIpAddress = publicAddressesOf({ publicIpAddress: raw.publicIpAddress })[0] ?? null;
  const target = { account, region, name, arn, publicIpAddress };
  return group.checks.flatMap((check) =>
    check.kind === 'activity' ? [{ key: askedKey(check, arn), check, stage: group.stage, target }] : [],
  );
}

/** One check of one instance. */
function probeKey(arn: string, index: number): string {
  return `${index} ${arn}`;
}
