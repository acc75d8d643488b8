import type { WatchNews } from './watch-news.js';

/** How often a watch has told of instances that it can't read, or reads again, and how many rounds ago it did last. */
export interface WatchPace {
  readonly told: number;
  readonly rounds: number;
}

export const NOTHING_TOLD: WatchPace = { told: 0, rounds: 0 };

/** The most rounds that such news wait. */
const LONGEST_WAIT = 16;

/** After so many rounds without any, the next ones count as the first. */
const CALM_AFTER = 100;

/**
 * Whether news are to be told now. That readings are missing is told at once; whatever follows waits for 1, 1, 2, 4 … 16
 * rounds since it was told last, so that instances that come and go for days fill no history: it all goes together.
 *
 * @param lost - how many instances are known to be lost from what was told before
 */
export function isDue({ told, rounds }: WatchPace, { unhealthy, blind, recovered }: WatchNews, lost: number): boolean {
  if (unhealthy.length > 0) return true;
  if (blind.length + recovered.length === 0) return false;
  return lost === 0 || rounds >= Math.min(LONGEST_WAIT, 2 ** (told - 2));
}

/** The pace after these news have been told. */
export function afterTelling(pace: WatchPace, { blind, recovered }: WatchNews): WatchPace {
  if (blind.length + recovered.length === 0) return pace;
  return { told: pace.rounds > CALM_AFTER ? 1 : pace.told + 1, rounds: 0 };
}
