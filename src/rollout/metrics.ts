/** A counter of events, or a histogram of seconds. */
export interface MetricDefinition {
  /** As Prometheus shows it: units and `_total` are part of it, since not every exporter adds them. */
  readonly name: string;
  readonly description: string;
}

const MINUTE = 60;
const HOUR = 3_600;
const DAY = 86_400;

/** Everything that is measured. No label ever names an instance, a stage or a workflow: those have no bound. */
export const METRICS = {
  runs: { name: 'imds_rollout_runs_total', description: 'Rollouts that have ended, by how.' },
  instances: {
    name: 'imds_rollout_instances_total',
    description: 'Outcomes that instances have come to; one that is changed and fails later has come to both.',
  },
  reverts: {
    name: 'imds_rollout_reverts_total',
    description: 'Instances that were to be taken back, by what became of that.',
  },
  stageDuration: {
    name: 'imds_rollout_stage_duration_seconds',
    description: 'From the start of a stage until every target of it is done; without its bake.',
    buckets: [10, 30, MINUTE, 5 * MINUTE, 15 * MINUTE, 30 * MINUTE, HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, DAY, 3 * DAY],
  },
  timeToApplied: {
    name: 'imds_rollout_time_to_applied_seconds',
    description: 'From an Update until the change was read back as applied.',
    buckets: [0.5, 1, 2, 5, 10, 20, 30, MINUTE, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE, 30 * MINUTE],
  },
  retries: { name: 'imds_rollout_retries_total', description: 'Errors of AWS that were followed by another try.' },
  throttles: { name: 'imds_rollout_throttles_total', description: 'Calls that were refused as too many.' },
} as const satisfies Record<string, MetricDefinition & { readonly buckets?: readonly number[] }>;

/** Bucket boundaries by metric, in seconds: those of an exporter are milliseconds, too coarse for one and too short for the other. */
export const METRIC_BUCKETS: Readonly<Record<string, number[]>> = Object.fromEntries(
  [METRICS.stageDuration, METRICS.timeToApplied].map(({ name, buckets }) => [name, [...buckets]]),
);
