import { GetInstanceMetricDataCommand, type GetInstanceMetricDataCommandInput } from '@aws-sdk/client-lightsail';
import { REGION, type TestBed } from './support.js';

/** When the clock of a test bed starts. */
export const STARTED = Date.UTC(2026, 5, 1);
export const HOUR = 3_600_000;
export const MINUTE = 60_000;

/** A request for an hour of web-1's MetadataNoToken up to the start of the clock, unless said otherwise. */
export function metricRequest(
  input: Partial<GetInstanceMetricDataCommandInput> = {},
): GetInstanceMetricDataCommandInput {
  return {
    instanceName: 'web-1',
    metricName: 'MetadataNoToken',
    period: 300,
    startTime: new Date(STARTED - HOUR),
    endTime: new Date(STARTED),
    unit: 'Count',
    statistics: ['Sum'],
    ...input,
  };
}

/** The data points of a metric. */
export async function readMetric(bed: TestBed, input: Partial<GetInstanceMetricDataCommandInput> = {}) {
  const { metricData } = await bed.client(REGION).send(new GetInstanceMetricDataCommand(metricRequest(input)));
  return metricData ?? [];
}

/** The sums in the data points of a metric, in their order. */
export async function readSums(bed: TestBed, input: Partial<GetInstanceMetricDataCommandInput> = {}) {
  return (await readMetric(bed, input)).map(({ sum }) => sum);
}

/** A time so many ms after the start of the clock. */
export function moment(ms: number): Date {
  return new Date(STARTED + ms);
}
