/** From and to, in milliseconds. */
interface Range {
  readonly min: number;
  readonly max: number;
}

/** A token bucket. */
export interface Rate {
  readonly ratePerSecond: number;
  readonly burst: number;
}

/** One piece of work, for the rollout and for the script. */
export interface Load {
  readonly instances: number;
  readonly regions: number;
  /** Instances in change at once. */
  readonly concurrency: number;
  readonly pending: Range;
  /** Milliseconds between two readings of an instance. */
  readonly poll: number;
  readonly workers: number;
  /** What the service takes of an account in each region, which neither side is told; none: as much as comes. */
  readonly limit?: Rate;
  /** The ceiling of each worker for each region. */
  readonly pacing: Rate;
  /** Evidence is on. Health is always as by default. */
  readonly evidence: boolean;
  /** The fleet is as wanted from the beginning. */
  readonly compliant: boolean;
}

/** The most that the configuration of a worker takes: it never waits for it. */
export const AS_FAST_AS_IT_CAN: Rate = { ratePerSecond: 1_000, burst: 1_000 };

/** A fleet as users have it: one region, whose limit the worker has to find out below a ceiling of twice as much. */
const USERS: Load = {
  instances: 300,
  regions: 1,
  concurrency: 50,
  pending: { min: 5_000, max: 15_000 },
  poll: 5_000,
  workers: 1,
  limit: { ratePerSecond: 10, burst: 20 },
  pacing: { ratePerSecond: 20, burst: 20 },
  evidence: false,
  compliant: false,
};

/** The rows of the table in docs/performance.md. */
export const ROWS = {
  users: USERS,
  evidence: { ...USERS, evidence: true },
  'two-workers': { ...USERS, workers: 2, pacing: { ratePerSecond: 5, burst: 10 } },
  large: {
    ...USERS,
    instances: 10_000,
    regions: 5,
    concurrency: 500,
    limit: { ratePerSecond: 20, burst: 40 },
    pacing: { ratePerSecond: 40, burst: 40 },
  },
  compliant: { ...USERS, instances: 1_000, compliant: true },
  unlimited: {
    instances: 1_000,
    regions: 5,
    concurrency: 50,
    pending: { min: 500, max: 500 },
    poll: 100,
    workers: 1,
    pacing: AS_FAST_AS_IT_CAN,
    evidence: false,
    compliant: false,
  },
} as const satisfies Readonly<Record<string, Load>>;

export type RowName = keyof typeof ROWS;
