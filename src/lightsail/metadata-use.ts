import pMap from 'p-map';
import type { UseReading } from '../rollout/evidence.js';
import type { CallOptions, Lightsail } from './api.js';
import { classifyError, describeProblem } from './errors.js';
import { NamedError } from './named-error.js';
import { memberOf } from './untrusted.js';

/** Counts the *successful* calls without a token; an instance metric, published every 300 seconds (API model). */
const METRIC = 'MetadataNoToken';

/** The unit in which it is published (API model). */
const UNIT = 'Count';

const HOUR = 3_600_000;

/** CloudWatch's bound (GetMetricStatistics); that Lightsail has the same is inferred. */
const MAX_DATA_POINTS = 1_440;

export interface MetadataUseOptions extends CallOptions {
  /** Milliseconds. */
  readonly lookback: number;
  /** When the instance was created (ISO 8601): no data is expected of the time before. Left out: of old. */
  readonly createdAt?: string;
  /** Milliseconds since the epoch. Default: the clock of this machine. */
  readonly now?: () => number;
}

/**
 * How often the software on an instance has called the metadata service without a token, by one call, and of how many
 * hours there is data.
 *
 * Asked for in whole hours, the current one included, though it isn't over: a host that began five minutes ago must show.
 * What isn't a count of this metric is unknown, and so is a reply without data points: never zero. A data point from before
 * the time that was asked for counts for nothing, and one without a time, or from after it, covers no hour.
 *
 * @throws what the call throws; NamedError `EmptyReply` for a reply without anything in it (transient)
 * @example await readMetadataUse(lightsail, 'web-3', { lookback: 14 * 86_400_000 }) // { calls: 12, lastUsed: '2026-11-20T13:00:00.000Z', hours: 336, expected: 336 }
 */
export async function readMetadataUse(
  lightsail: Pick<Lightsail, 'getInstanceMetricData'>,
  instanceName: string,
  { lookback, createdAt, now: clock = Date.now, ...call }: MetadataUseOptions,
): Promise<UseReading> {
  const now = clock();
  const window = hoursBack(now, lookback);
  const reply = await lightsail.getInstanceMetricData(
    {
      instanceName,
      metricName: METRIC,
      period: HOUR / 1_000,
      unit: UNIT,
      statistics: ['Sum'],
      startTime: new Date(window.start),
      endTime: new Date(window.end),
    },
    call,
  );
  const data = memberOf(reply, 'metricData') ?? undefined;
  const name = memberOf(reply, 'metricName');
  if (data === undefined && name === undefined) {
    throw new NamedError(
      'EmptyReply',
      `GetInstanceMetricData of ${instanceName} answered with nothing. Try again.`,
      reply.$metadata.requestId,
    );
  }
  if (name !== METRIC) return { unknown: `the reply is not about ${METRIC}` };
  return sumUp(data, { ...window, expected: expectedHours(window, now, createdAt) });
}

/** The hours that are asked for, in milliseconds since the epoch; the end isn't included. */
interface Hours {
  readonly start: number;
  readonly end: number;
}

function hoursBack(now: number, lookback: number): Hours {
  const end = hourOf(now) + HOUR;
  return { start: Math.max(hourOf(now - lookback), end - MAX_DATA_POINTS * HOUR), end };
}

function hourOf(time: number): number {
  return Math.floor(time / HOUR) * HOUR;
}

/** The hours since the start, or since the instance is there, without the current one, of which data may still come. */
function expectedHours({ start }: Hours, now: number, createdAt: string | undefined): number {
  const created = createdAt === undefined ? Number.NaN : Date.parse(createdAt);
  const since = Number.isNaN(created) ? start : Math.max(start, hourOf(created));
  return Math.max(1, (hourOf(now) - since) / HOUR);
}

function sumUp(data: unknown, { start, end, expected }: Hours & { readonly expected: number }): UseReading {
  if (data !== undefined && !Array.isArray(data)) return { unknown: `${METRIC} is no list of data points` };
  if (data === undefined || data.length === 0) return { unknown: `${METRIC} has no data points` };
  const covered = new Set<number>();
  let calls = 0;
  let last = Number.NEGATIVE_INFINITY;
  for (const point of data) {
    const sum = memberOf(point, 'sum');
    const unit = memberOf(point, 'unit') ?? UNIT;
    if (typeof sum !== 'number' || !Number.isFinite(sum) || sum < 0 || unit !== UNIT) {
      return { unknown: `${METRIC} has a data point without a count` };
    }
    const time = memberOf(point, 'timestamp');
    const at = time instanceof Date ? time.getTime() : Number.NaN;
    if (at < start) continue;
    // Calls of a time that can't be are calls all the same.
    calls += sum;
    if (!(at < end)) continue;
    covered.add(hourOf(at));
    if (sum > 0 && at > last) last = at;
  }
  // Counts may each be one, and too large together.
  if (!Number.isFinite(calls)) return { unknown: `${METRIC} has a data point without a count` };
  const lastUsed = Number.isFinite(last) ? { lastUsed: new Date(last).toISOString() } : {};
  return { calls, ...lastUsed, hours: Math.min(covered.size, expected), expected };
}

/** Calls under way at once: the pacer holds them to its rate in any case. */
const CALLS_AT_ONCE = 8;

/** Faults that may pass, after which no further call is begun: the service is ill, and is asked again later. */
const MAX_FAULTS = 8;

/** An instance to read, and its place in the list. */
export interface MeteredInstance {
  readonly index: number;
  readonly name: string;
  /** ISO 8601. */
  readonly createdAt?: string | undefined;
}

export interface MetadataUsesOptions extends Omit<MetadataUseOptions, 'createdAt'> {
  /** Called with each reading as it comes, and its place in the list. */
  readonly onRead: (index: number, reading: UseReading) => void;
}

/**
 * Reads many instances of one account and region, one call each. What fails in a way that may pass is left out, to be
 * asked for again; of an instance that is gone nothing is known.
 *
 * @returns the faults of those that were left out; no more than a few are tried beyond
 * @throws the first error that won't pass, such as a denied call
 */
export async function readMetadataUses(
  lightsail: Pick<Lightsail, 'getInstanceMetricData'>,
  instances: readonly MeteredInstance[],
  { onRead, ...options }: MetadataUsesOptions,
): Promise<readonly unknown[]> {
  const faults: unknown[] = [];
  await pMap(
    instances,
    async ({ index, name, createdAt }) => {
      if (faults.length >= MAX_FAULTS || options.abortSignal?.aborted) return;
      try {
        onRead(
          index,
          await readMetadataUse(lightsail, name, { ...options, ...(createdAt !== undefined && { createdAt }) }),
        );
      } catch (error) {
        const problem = classifyError(error);
        if (problem.kind === 'gone') onRead(index, { unknown: describeProblem(problem) });
        else if (['credentials', 'denied', 'rejected'].includes(problem.kind)) throw error;
        else faults.push(error);
      }
    },
    { concurrency: CALLS_AT_ONCE },
  );
  return faults;
}
