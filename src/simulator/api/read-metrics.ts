import { z } from 'zod';
import { ApiError } from '../wire/api-error.js';
import type { SimulatedInstance } from '../world/instance.js';
import { METRIC_NAMES, sampleReader } from '../world/metrics.js';
import { type CallContext, type OperationHandler, requireInstance } from './call-context.js';
import { readInput, resourceName } from './input.js';
import { epochSeconds } from './rendering.js';

/** The bounds of `period`, in seconds (API model). That it is whole minutes is CloudWatch's rule, and inferred. */
const PERIOD = { min: 60, max: 86_400, step: 60 } as const;

/** CloudWatch's bound (GetMetricStatistics); that Lightsail has the same is inferred. */
const MAX_DATA_POINTS = 1440;

const MINUTE_MS = 60_000;

/** The units of the API model; no metric here is published in any but Count. */
const UNITS = [
  ...['Seconds', 'Microseconds', 'Milliseconds', 'Bytes', 'Kilobytes', 'Megabytes', 'Gigabytes', 'Terabytes', 'Bits'],
  ...['Kilobits', 'Megabits', 'Gigabits', 'Terabits', 'Percent', 'Count', 'Bytes/Second', 'Kilobytes/Second'],
  ...['Megabytes/Second', 'Gigabytes/Second', 'Terabytes/Second', 'Bits/Second', 'Kilobits/Second', 'Megabits/Second'],
  ...['Gigabits/Second', 'Terabits/Second', 'Count/Second', 'None'],
];

const STATISTICS = ['Minimum', 'Maximum', 'Sum', 'Average', 'SampleCount'] as const;

type Statistic = (typeof STATISTICS)[number];

const timestamp = z.number({ error: 'must be epoch seconds' });

const metricDataInput = z.object({
  instanceName: resourceName,
  metricName: z.enum(METRIC_NAMES, {
    error: ({ input }) =>
      `the simulator has no metric ${typeof input === 'string' ? input : 'of that type'}, only ${METRIC_NAMES.join(', ')}`,
  }),
  period: z.int().min(PERIOD.min).max(PERIOD.max).multipleOf(PERIOD.step),
  startTime: timestamp,
  endTime: timestamp,
  unit: z.enum(UNITS),
  statistics: z.array(z.enum(STATISTICS)).min(1),
});

type MetricRequest = z.output<typeof metricDataInput>;

/** GetInstanceMetricData. Data points start at `startTime`, rounded down to a minute, and are `period` apart. */
export const getInstanceMetricData: OperationHandler = (context, input) => {
  const request = readInput(metricDataInput, input);
  const { metricName, unit, startTime, endTime, period } = request;
  const from = Math.floor((startTime * 1000) / MINUTE_MS) * MINUTE_MS;
  const to = endTime * 1000;
  if (startTime >= endTime) throw new ApiError('InvalidInputException', 'startTime must be less than endTime.');
  const points = Math.ceil((to - from) / (period * 1000));
  if (points > MAX_DATA_POINTS) throw new ApiError('InvalidInputException', tooMany(points));
  const instance = requireInstance(context, request.instanceName);
  // As in CloudWatch, a unit in which nothing is published has no data, and is no error.
  const metricData = unit === 'Count' ? readPoints(context, instance, request, { from, points }) : [];
  return { metricName, metricData };
};

function readPoints(
  { now }: CallContext,
  instance: SimulatedInstance,
  { metricName, period, statistics }: MetricRequest,
  { from, points }: { readonly from: number; readonly points: number },
): object[] {
  const length = period * 1000;
  const merged = statistics.every((statistic) => statistic === 'Sum');
  const read = sampleReader(instance, metricName, { from, to: from + points * length, merged }, now);
  const data: object[] = [];
  for (let start = from; start < from + points * length && start <= now; start += length) {
    const samples = read({ from: start, to: start + length });
    if (samples.length > 0) data.push(renderPoint(start, statistics, samples));
  }
  return data;
}

function renderPoint(start: number, statistics: readonly Statistic[], samples: readonly number[]): object {
  const point: Record<string, number | string> = { timestamp: epochSeconds(start), unit: 'Count' };
  for (const statistic of statistics) point[MEMBERS[statistic]] = VALUES[statistic](samples);
  return point;
}

const MEMBERS = {
  Minimum: 'minimum',
  Maximum: 'maximum',
  Sum: 'sum',
  Average: 'average',
  SampleCount: 'sampleCount',
} as const;

const VALUES: Readonly<Record<Statistic, (samples: readonly number[]) => number>> = {
  Minimum: (samples) => Math.min(...samples),
  Maximum: (samples) => Math.max(...samples),
  Sum: sum,
  Average: (samples) => sum(samples) / samples.length,
  SampleCount: (samples) => samples.length,
};

function sum(samples: readonly number[]): number {
  return samples.reduce((total, sample) => total + sample, 0);
}

function tooMany(points: number): string {
  return `The request asks for ${points} data points, and ${MAX_DATA_POINTS} are the most: raise period, or shorten the time.`;
}
