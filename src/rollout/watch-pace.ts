/** How often a watch has told of one kind of news, and how many rounds ago it did last. */
export interface WatchPace {
  readonly told: number;
  readonly rounds: number;
}

/** `sight`: of instances that it can't read, or reads again. `fails`: of failed readings that count in a row. */
export interface WatchPaces {
  readonly sight: WatchPace;
  readonly fails: WatchPace;
}

const NEVER: WatchPace = { told: 0, rounds: 0 };

export const NOTHING_TOLD: WatchPaces = { sight: NEVER, fails: NEVER };

/** The most rounds that such news wait. */
const LONGEST_WAIT = 16;

/** After so many rounds without any, the next ones count as the first. */
const CALM_AFTER = 100;

/**
 * Whether news may be told now. They wait for 1, 1, 2, 4 … 16 rounds since such were told last, so that instances that
 * come and go for days fill no history: it all goes together.
 */
export function isDue({ told, rounds }: WatchPace): boolean {
  return rounds >= Math.min(LONGEST_WAIT, 2 ** (told - 2));
}

/** The pace after such news have been told. */
export function afterTelling({ told, rounds }: WatchPace): WatchPace {
  return { told: rounds > CALM_AFTER ? 1 : told + 1, rounds: 0 };
}

/** The pace so many rounds later. */
export function later({ told, rounds }: WatchPace, more: number): WatchPace {
  return { told, rounds: rounds + more };
}
