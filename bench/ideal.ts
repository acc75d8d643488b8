import type { Load } from './rows.js';

/** Instances of a page of `GetInstances`. */
const PAGE = 20;

/** Seconds that nobody can do it in less of. */
export interface Ideal {
  /** The larger of the two. */
  readonly seconds: number;
  readonly byRate: number;
  readonly byPending: number;
}

/**
 * By rate, of the region with the most instances: (calls − burst) / rate, where the calls are one Update for each instance and two
 * listings of the region by pages of 20: one tells what is to be changed, and one that everything is applied.
 *
 * By pending: instances / concurrency × mean pending + one tail, which is what the longest pending has beyond the mean: the last
 * change to begin may be that one.
 */
export function idealOf({ instances, regions, concurrency, pending, limit, compliant }: Load): Ideal {
  const inRegion = Math.ceil(instances / regions);
  const updates = compliant ? 0 : inRegion;
  const calls = updates + (compliant ? 1 : 2) * Math.ceil(inRegion / PAGE);
  const byRate = limit === undefined ? 0 : Math.max(0, calls - limit.burst) / limit.ratePerSecond;
  const mean = (pending.min + pending.max) / 2;
  const byPending = compliant ? 0 : ((instances / concurrency) * mean + (pending.max - mean)) / 1_000;
  return { seconds: Math.max(byRate, byPending), byRate, byPending };
}
