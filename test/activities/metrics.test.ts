import type { MetricCounter, MetricHistogram, MetricMeter, MetricTags } from '@temporalio/common';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { changeMetrics } from '../../src/activities/metrics.js';

/** A meter that writes down what it is told, such as `name{label="value"} 1`. */
function notingMeter(notes: string[], tags: MetricTags = {}): MetricMeter {
  const note = (name: string, all: MetricTags) => (value: number, more?: MetricTags) => {
    const labels = Object.entries({ ...all, ...more }).map(([label, text]) => `${label}="${text}"`);
    notes.push(`${name}{${labels.join()}} ${value}`);
  };
  const counter = (name: string, all: MetricTags): MetricCounter => ({
    name,
    kind: 'counter',
    valueType: 'int',
    add: note(name, all),
    withTags: (more) => counter(name, { ...all, ...more }),
  });
  const histogram = (name: string, all: MetricTags): MetricHistogram => ({
    name,
    kind: 'histogram',
    valueType: 'float',
    record: note(name, all),
    withTags: (more) => histogram(name, { ...all, ...more }),
  });
  return {
    createCounter: (name) => counter(name, tags),
    createHistogram: (name) => histogram(name, tags),
    createGauge: () => {
      throw new Error('there are no gauges');
    },
    withTags: (more) => notingMeter(notes, { ...tags, ...more }),
  };
}

function measure(act: (metrics: ReturnType<typeof changeMetrics>) => void): string[] {
  const notes: string[] = [];
  act(changeMetrics(notingMeter(notes), 'eu-west-1'));
  return notes.slice(1);
}

describe('the change of an instance', () => {
  it('shows its throttles from the start, as none', () => {
    const notes: string[] = [];
    changeMetrics(notingMeter(notes), 'eu-west-1');
    expect(notes).toEqual(['imds_rollout_throttles_total{region="eu-west-1"} 0']);
  });

  it('counts each throttled call', () => {
    expect(measure((metrics) => metrics.countThrottle())).toEqual([
      'imds_rollout_throttles_total{region="eu-west-1"} 1',
    ]);
  });

  it('measures in seconds', () => {
    expect(measure((metrics) => metrics.recordApplied(1_500))).toEqual([
      'imds_rollout_time_to_applied_seconds{region="eu-west-1"} 1.5',
    ]);
  });

  it.each([
    'ServiceException',
    'AccountSetupInProgressException',
    'RequestTimeTooSkewed',
    'ECONNRESET',
    'InvalidInputException',
  ])('names the error that is tried again: %s', (name) => {
    expect(measure((metrics) => metrics.countRetry(name))).toEqual([
      `imds_rollout_retries_total{region="eu-west-1",error="${name}"} 1`,
    ]);
  });

  it('names no error that has no bound', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.constantFrom('constructor', 'web-7', 'serviceexception')), (name) => {
        expect(measure((metrics) => metrics.countRetry(name))).toEqual([
          'imds_rollout_retries_total{region="eu-west-1",error="other"} 1',
        ]);
      }),
    );
  });
});
