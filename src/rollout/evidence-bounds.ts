/** The least that is looked back, in milliseconds: one data point. */
export const MIN_LOOKBACK = 3_600_000;

/**
 * The most that is looked back, in milliseconds: 60 days in periods of an hour are the 1,440 data points that one call
 * has at most (CloudWatch's bound of GetMetricStatistics; that Lightsail has the same is inferred).
 */
export const MAX_LOOKBACK = 60 * 86_400_000;
