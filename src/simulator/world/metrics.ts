import type { SimulatedInstance } from './instance.js';

/** The metrics that the simulator has. */
export const METRIC_NAMES = [
  'MetadataNoToken',
  'StatusCheckFailed',
  'StatusCheckFailed_Instance',
  'StatusCheckFailed_System',
] as const;

export type MetricName = (typeof METRIC_NAMES)[number];

/** Every how many ms a metric gets a sample (Lightsail user guide, "Metrics"). */
const RESOLUTION_MS: Readonly<Record<MetricName, number>> = {
  MetadataNoToken: 300_000,
  StatusCheckFailed: 60_000,
  StatusCheckFailed_Instance: 60_000,
  StatusCheckFailed_System: 60_000,
};

const HOUR_MS = 3_600_000;

/** What a metric's sample is for a stretch of time; undefined when there is none. */
type Measure = (from: number, to: number) => number | undefined;

/** A stretch of time of which the samples are wanted. */
export interface SampleWindow {
  readonly from: number;
  /** Not included. */
  readonly to: number;
}

/**
 * A reader of a metric's samples in parts of a window. The sample of the running interval holds what has happened in it
 * by now.
 *
 * @param merged Whether one sample with the sum of them all will do, for each part.
 */
export function sampleReader(
  instance: SimulatedInstance,
  metric: MetricName,
  window: SampleWindow & { readonly merged: boolean },
  now: number,
): (part: SampleWindow) => number[] {
  const resolution = RESOLUTION_MS[metric];
  const ceil = (moment: number) => Math.ceil(moment / resolution) * resolution;
  const isMerged = window.merged && metric === 'MetadataNoToken';
  const measure = measureOf(instance, metric, { from: window.from, to: ceil(window.to) });
  return ({ from, to }) => {
    const [first, end] = [ceil(from), ceil(to)];
    const length = isMerged ? end - first : resolution;
    const samples: number[] = [];
    for (let start = first; start < end && start <= now; start += length) {
      const sample = measure(start, Math.min(start + length, now + 1));
      if (sample !== undefined) samples.push(sample);
    }
    return samples;
  };
}

function measureOf(instance: SimulatedInstance, metric: MetricName, window: SampleWindow): Measure {
  if (metric === 'MetadataNoToken') return tokenlessMeasure(instance, window);
  const checked = instance.history.failing.spans(window.from, window.to).filter(({ value }) => value !== null);
  return (from, to) => {
    const met = checked.filter((span) => span.from < to && from < span.to);
    if (met.length === 0) return undefined;
    // The systems below are never at fault.
    return metric !== 'StatusCheckFailed_System' && met.some(({ value }) => value) ? 1 : 0;
  };
}

/** The work over an instance's history is done once, and not for each of hundreds of samples. */
function tokenlessMeasure({ history }: SimulatedInstance, window: SampleWindow): Measure {
  const known = history.tokenless.spans(window.from, window.to).flatMap(({ from, to, since, value: perHour }) => {
    if (perHour === null) return [];
    const answered = history.answersTokenless.spans(from, to).filter(({ value }) => value);
    return [{ from, to, since, perHour, answered }];
  });
  return (from, to) => {
    let count: number | undefined;
    for (const span of known) {
      if (span.to <= from || to <= span.from) continue;
      count ??= 0;
      for (const part of span.answered) {
        const [start, end] = [Math.max(from, part.from), Math.min(to, part.to)];
        if (start < end) count += callsBetween(span.since, span.perHour, start, end);
      }
    }
    return count;
  };
}

/** Calls come evenly, and the first of them at once, so that a host that begins to make them shows it at once. */
function callsBetween(since: number, perHour: number, from: number, to: number): number {
  const callsUpTo = (moment: number) => Math.ceil(((moment - since) * perHour) / HOUR_MS);
  return callsUpTo(to) - callsUpTo(from);
}
