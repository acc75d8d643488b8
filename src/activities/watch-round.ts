import type { Instance } from '@aws-sdk/client-lightsail';
import type { Context } from '@temporalio/activity';
import pMap from 'p-map';
import {
  classifyError,
  describeProblem,
  instancePages,
  type LightsailFor,
  publicAddressesOf,
  readStatus,
  retryThrottledCalls,
  toFleetInstance,
  toListedInstance,
} from '../lightsail/index.js';
import type { KeysRefused } from '../rollout/account-keys.js';
import { combineReadings, type HealthReading, type WatchGroup, type WatchInput } from '../rollout/health.js';
import type { FleetInstance } from '../rollout/instance.js';
import { isCompliant } from '../rollout/options.js';
import { watchId } from '../rollout/watch-groups.js';
import { type Asked, askedKey, askUser } from './ask-user.js';
import { callScope } from './call-scope.js';
import type { ActivityDeps } from './deps.js';
import { refusalOf } from './failures.js';
import { type ProbeReading, probe } from './probe.js';

/** Probes under way at once. */
const PROBES_AT_ONCE = 50;

/** A sweep that is throttled for longer than this, in milliseconds, has read nothing. */
const SWEEP_TIMEOUT = 600_000;

export interface RoundInput {
  readonly input: WatchInput;
  /** Who is looked at, by instance ID. */
  readonly open: ReadonlySet<string>;
  readonly context: Context;
}

export interface Round {
  /** By instance ID; an instance that can't be judged now is left out. */
  readonly readings: ReadonlyMap<string, HealthReading>;
  /** Status codes that are read before a change, by instance ID and in the order of its checks. */
  readonly codes: ReadonlyMap<string, readonly (number | null)[]>;
  /** Nothing was read, as the caller's keys are refused. */
  readonly refused?: KeysRefused;
}

/** An instance that is judged in this round. */
interface Seen {
  readonly id: string;
  readonly group: WatchGroup;
  readonly raw: Instance;
  readonly instance: FleetInstance;
}

/** Reads all instances once: one sweep of the region, and then their other checks. */
export async function readRound(
  { lightsail, settings = {} }: ActivityDeps,
  { input, open, context }: RoundInput,
): Promise<Round> {
  const round = new AbortController();
  const end = () => round.abort(context.cancellationSignal.reason);
  // A signal that lives for weeks keeps something of every signal that is made of it: this one lives for one round.
  context.cancellationSignal.addEventListener('abort', end, { once: true });
  if (context.cancellationSignal.aborted) end();
  try {
    return await read({ lightsail, settings, input, open, context, signal: round.signal });
  } finally {
    context.cancellationSignal.removeEventListener('abort', end);
  }
}

interface Reading extends RoundInput, Required<ActivityDeps> {
  readonly signal: AbortSignal;
}

async function read({ lightsail, settings, input, open, context, signal }: Reading): Promise<Round> {
  const { groups, mode } = input;
  const wanted = groups.flatMap((group) => group.ids.filter((id) => open.has(id)).map((id) => ({ id, group })));
  const found = await sweep(lightsail, input, context, signal);
  if ('isLapsed' in found) return { readings: new Map(), codes: new Map(), refused: found };
  if ('verdict' in found) return { readings: new Map(wanted.map(({ id }) => [id, found])), codes: new Map() };
  const seen = wanted.flatMap(({ id, group }): Seen[] => {
    const raw = found.get(id);
    const instance = raw === undefined ? undefined : toFleetInstance(raw);
    if (raw === undefined || instance === undefined || !isJudged(mode, group, instance, raw)) return [];
    return [{ id, group, raw, instance }];
  });
  const [asked, probed] = await Promise.all([
    askUser(seen.flatMap(toAsked), { input, settings, context, signal }),
    probeAll(seen, settings.probes, signal),
  ]);
  const readings = new Map<string, HealthReading>();
  const codes = new Map<string, readonly (number | null)[]>();
  for (const { id, group, raw, instance } of seen) {
    const each = group.checks.map((check, index): ProbeReading => {
      switch (check.kind) {
        case 'status':
          return statusReading(raw);
        case 'http':
          return probed.get(probeKey(id, index)) ?? NOT_READ;
        case 'activity':
          return asked.get(askedKey(check, instance.arn)) ?? NOT_READ;
        default:
          return check satisfies never;
      }
    });
    readings.set(id, combineReadings(each));
    const readsCodes = group.checks.some((check) => check.kind === 'http' && check.expect === 'same');
    if (mode === 'before' && readsCodes) {
      codes.set(
        id,
        each.map(({ code }) => code ?? null),
      );
    }
  }
  return { readings, codes };
}

const NOT_READ = { verdict: 'inconclusive', reason: 'it was not asked' } as const;

/**
 * The whole region by instance ID, since an instance may move from one page to the next while they are read; or why it
 * can't be read.
 */
async function sweep(
  lightsail: LightsailFor,
  { scope, groups }: WatchInput,
  context: Context,
  cancelled: AbortSignal,
): Promise<ReadonlyMap<string, Instance> | HealthReading | KeysRefused> {
  const timeout = AbortSignal.timeout(SWEEP_TIMEOUT);
  const signal = AbortSignal.any([cancelled, timeout]);
  const includeHealthStatus = groups.some(({ checks }) => checks.some(({ kind }) => kind === 'status'));
  const found = new Map<string, Instance>();
  try {
    const api = retryThrottledCalls(lightsail(callScope(scope, context)), { signal });
    for await (const { instances } of instancePages(api, { abortSignal: signal, includeHealthStatus })) {
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
      ? `Lightsail gave no whole list of ${scope.region} within ${SWEEP_TIMEOUT / 60_000} minutes`
      : describeProblem(classifyError(error));
    return { verdict: 'inconclusive', reason };
  }
}

/** Whether a reading of this instance says anything now: it runs, and after a change it has the wanted options. */
function isJudged(mode: WatchInput['mode'], { desired }: WatchGroup, instance: FleetInstance, raw: Instance): boolean {
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
  const probes = seen.flatMap(({ id, group, raw, instance: { account, region, name } }) => {
    const target = { account, region, name, addresses: publicAddressesOf(raw) };
    return group.checks.flatMap((check, index) =>
      check.kind === 'http' ? [{ key: probeKey(id, index), check, target }] : [],
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
function probeKey(id: string, index: number): string {
  return `${index} ${id}`;
}
