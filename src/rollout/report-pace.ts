/** How often a batch tells its rollout how far it is. */
export interface ReportPace {
  /** So many more results are worth a report. */
  readonly step: number;
  /** The least time between two such reports, in milliseconds. */
  readonly rest: number;
  /** News that are fewer wait for about so long, in milliseconds. */
  readonly patience: number;
}

/** A report is one action of Temporal, and a timer another one: a tenth of one for each instance, in large batches. */
const STEP = { share: 1 / 10, most: 10 } as const;

/** Milliseconds. */
const REST = 2_000;
const PATIENCE = { perTarget: 300, least: REST, most: 60_000 } as const;

/** @example reportPace(50) // { step: 5, rest: 2_000, patience: 15_000 } */
export function reportPace(targets: number): ReportPace {
  const { perTarget, least, most } = PATIENCE;
  return {
    step: Math.min(STEP.most, Math.ceil(targets * STEP.share)),
    rest: REST,
    patience: Math.min(most, Math.max(least, perTarget * targets)),
  };
}
