import pMap from 'p-map';
import type { UseReading } from '../rollout/evidence.js';
import type { CallOptions, Lightsail } from './api.js';
import { classifyError, describeProblem } from './errors.js';
import { NamedError } from './named-error.js';
import { memberOf } from './untrusted.js';

/** Counts the *successful* calls without a token; an instance metric, published every 300 seconds (API model). */
const METRIC = 'MetadataNoToken';

const HOUR = 3_600_000;

/** CloudWatch's bound (GetMetricStatistics); that Lightsail has the same is inferred. */
const MAX_DATA_POINTS = 1_440;

export interface MetadataUseOptions extends CallOptions {
  /** Milliseconds. */
  readonly lookback: number;
}

/**
 * How often the software on an instance has called the metadata service without a token, by one call.
 *
 * Asked for in whole hours, the current one included, though it isn't over: a host that began five minutes ago must show.
 * What isn't a count is unknown, and so is a reply without data points: never zero.
 *
 * @throws what the call throws; NamedError `EmptyReply` for a reply without anything in it (transient)
 * @example await readMetadataUse(lightsail, 'web-3', { lookback: 14 * 86_400_000 }) // { calls: 12, lastUsed: '2026-11-20T13:00:00.000Z' }
 */
export async function readMetadataUse(
  lightsail: Pick<Lightsail, 'getInstanceMetricData'>,
  instanceName: string,
  { lookback, ...call }: MetadataUseOptions,
): Promise<UseReading> {
  const reply = await lightsail.getInstanceMetricData(
    {
      instanceName,
      metricName: METRIC,
      period: HOUR / 1_000,
      unit: 'Count',
      statistics: ['Sum'],
      ...hoursBack(Date.now(), lookback),
    },
    call,
  );
  const data = memberOf(reply, 'metricData') ?? undefined;
  if (data === undefined && memberOf(reply, 'metricName') === undefined) {
    throw new NamedError(
      'EmptyReply',
      `GetInstanceMetricData of ${instanceName} answered with nothing. Try again.`,
      reply.$metadata.requestId,
    );
  }
  return sumUp(data);
}

function hoursBack(now: number, lookback: number): { startTime: Date; endTime: Date } {
  const end = (Math.floor(now / HOUR) + 1) * HOUR;
  const start = Math.max(Math.floor((now - lookback) / HOUR) * HOUR, end - MAX_DATA_POINTS * HOUR);
  return { startTime: new Date(start), endTime: new Date(end) };
}

function sumUp(data: unknown): UseReading {
  if (data !== undefined && !Array.isArray(data)) return { unknown: `${METRIC} is no list of data points` };
  if (data === undefined || data.length === 0) return { unknown: `${METRIC} has no data points` };
  let calls = 0;
  let last = Number.NEGATIVE_INFINITY;
  for (const point of data) {
    const sum = memberOf(point, 'sum');
    if (typeof sum !== 'number' || !Number.isFinite(sum) || sum < 0) {
      return { unknown: `${METRIC} has a data point without a count` };
    }
    calls += sum;
    const at = memberOf(point, 'timestamp');
    if (sum > 0 && at instanceof Date && at.getTime() > last) last = at.getTime();
  }
  // Counts may each be one, and too large together.
  if (!Number.isFinite(calls)) return { unknown: `${METRIC} has a data point without a count` };
  return Number.isFinite(last) ? { calls, lastUsed: new Date(last).toISOString() } : { calls };
}

/** Calls under way at once: the pacer holds them to its rate in any case. */
const CALLS_AT_ONCE = 8;

/** Faults that may pass, after which no further call is begun: the service is ill, and is asked again later. */
const MAX_FAULTS = 8;

export interface MetadataUsesOptions extends MetadataUseOptions {
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
  instances: readonly (readonly [index: number, name: string])[],
  { onRead, ...options }: MetadataUsesOptions,
): Promise<readonly unknown[]> {
  const faults: unknown[] = [];
  await pMap(
    instances,
    async ([index, name]) => {
      if (faults.length >= MAX_FAULTS || options.abortSignal?.aborted) return;
      try {
        onRead(index, await readMetadataUse(lightsail, name, options));
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
