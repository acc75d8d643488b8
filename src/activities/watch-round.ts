import type { Instance } from '@aws-sdk/client-lightsail';
import type { Context } from '@temporalio/activity';
import pMap from 'p-map';
import {
  classifyError,
  describeProblem,
  instancePages,
  publicAddressesOf,
  readStatus,
  retryThrottledCalls,
  toFleetInstance,
} from '../lightsail/index.js';
import {
  combineReadings,
  type HealthCheck,
  type HealthReading,
  type WatchGroup,
  type WatchInput,
} from '../rollout/health.js';
import type { FleetInstance } from '../rollout/instance.js';
import { isCompliant } from '../rollout/options.js';
import { watchId } from '../rollout/watch-groups.js';
import { type Asked, askUser } from './ask-user.js';
import type { ActivityDeps } from './index.js';
import { type ProbeReading, probe } from './probe.js';

/** Probes under way at once. */
const PROBES_AT_ONCE = 50;

export interface Round {
  /** By instance ID; an instance that can't be judged now is left out. */
  readonly readings: ReadonlyMap<string, HealthReading>;
  /** Status codes, by instance ID and in the order of its checks. */
  readonly codes: Readonly<Record<string, readonly (number | null)[]>>;
}

/** An instance that is judged in this round. */
interface Seen {
  readonly id: string;
  readonly group: WatchGroup;
  readonly raw: Instance;
  readonly instance: FleetInstance;
}

/** Reads all instances once: one sweep of the region, and their other checks beside it. */
export async function readRound(
  { lightsail, settings = {} }: ActivityDeps,
  input: WatchInput,
  open: ReadonlySet<string>,
  context: Context,
): Promise<Round> {
  const { groups, scope, mode } = input;
  const signal = context.cancellationSignal;
  const wanted = groups.flatMap((group) => group.ids.filter((id) => open.has(id)).map((id) => ({ id, group })));
  let found: Map<string, Instance>;
  try {
    const api = retryThrottledCalls(lightsail({ region: scope.region }), { signal });
    const includeHealthStatus = groups.some(({ checks }) => checks.some(({ kind }) => kind === 'status'));
    found = await sweep(instancePages(api, { abortSignal: signal, includeHealthStatus }));
  } catch (error) {
    const reading = { verdict: 'inconclusive', reason: describeProblem(classifyError(error)) } as const;
    return { readings: new Map(wanted.map(({ id }) => [id, reading])), codes: {} };
  }
  const seen = wanted.flatMap(({ id, group }): Seen[] => {
    const raw = found.get(id);
    const instance = raw === undefined ? undefined : toFleetInstance(raw);
    if (raw === undefined || instance === undefined || !isJudged(mode, group, instance, raw)) return [];
    return [{ id, group, raw, instance }];
  });
  const asked = await askUser(seen.flatMap(toAsked), { input, settings, context });
  const readings = new Map<string, HealthReading>();
  const codes: Record<string, readonly (number | null)[]> = {};
  await pMap(
    seen,
    async (one) => {
      const each = await Promise.all(
        one.group.checks.map((check) => readCheck(check, one, asked, { settings, signal })),
      );
      readings.set(one.id, combineReadings(each));
      if (mode === 'before' && one.group.checks.some((check) => check.kind === 'http' && check.expect === 'same')) {
        codes[one.id] = each.map(({ code }) => code ?? null);
      }
    },
    { concurrency: PROBES_AT_ONCE },
  );
  return { readings, codes };
}

/** By instance ID: an instance may move from one page to the next while they are read. */
async function sweep(pages: ReturnType<typeof instancePages>): Promise<Map<string, Instance>> {
  const found = new Map<string, Instance>();
  for await (const { instances } of pages) {
    for (const instance of instances) if (instance.arn) found.set(watchId(instance.arn), instance);
  }
  return found;
}

/** Whether a reading of this instance says anything now: it runs, and after a change it has the wanted options. */
function isJudged(mode: WatchInput['mode'], { desired }: WatchGroup, instance: FleetInstance, raw: Instance): boolean {
  if (instance.state !== 'running' && instance.state !== 'unknown') return false;
  if (!readStatus(raw).applies) return false;
  if (mode === 'before') return true;
  return instance.optionsState === 'applied' && isCompliant(instance.options ?? {}, desired);
}

async function readCheck(
  check: HealthCheck,
  { raw, instance }: Seen,
  asked: ReadonlyMap<string, HealthReading>,
  { settings, signal }: { readonly settings: NonNullable<ActivityDeps['settings']>; readonly signal: AbortSignal },
): Promise<ProbeReading> {
  switch (check.kind) {
    case 'status': {
      const { impaired, unclear } = readStatus(raw);
      if (impaired !== undefined) return { verdict: 'fail', reason: impaired };
      return unclear === undefined ? { verdict: 'pass', reason: '' } : { verdict: 'inconclusive', reason: unclear };
    }
    case 'http': {
      const { account, region, name } = instance;
      return probe(check, { account, region, name, addresses: publicAddressesOf(raw) }, settings.probes, signal);
    }
    case 'activity':
      return asked.get(askedKey(check, instance.arn)) ?? { verdict: 'inconclusive', reason: 'it was not asked' };
    default:
      return check satisfies never;
  }
}

function toAsked({ group, raw, instance }: Seen): Asked[] {
  const { account, region, name, arn } = instance;
  return group.checks.flatMap((check) =>
    check.kind === 'activity'
      ? [
          {
            key: askedKey(check, arn),
            check,
            stage: group.stage,
            target: { account, region, name, arn, publicIpAddress: raw.publicIpAddress ?? null },
          },
        ]
      : [],
  );
}

function askedKey({ taskQueue, type }: Extract<HealthCheck, { kind: 'activity' }>, arn: string): string {
  return `${taskQueue} ${type} ${arn}`;
}
