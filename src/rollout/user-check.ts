/** The most instances that an activity of the user's is asked about in one call. */
export const USER_CHECK_MAX_TARGETS = 200;

export interface UserCheckTarget {
  readonly account: string;
  readonly region: string;
  readonly name: string;
  readonly arn: string;
  readonly publicIpAddress: string | null;
}

/** What a health activity of the user's is given. */
export interface UserCheckInput {
  /** The rollout's workflow ID. */
  readonly rollout: string;
  readonly stage: string;
  readonly when: 'before' | 'after';
  /** At most 200. */
  readonly targets: readonly UserCheckTarget[];
}

/** What it returns, for each of them. */
export interface UserCheckResult {
  readonly arn: string;
  readonly result: 'pass' | 'fail' | 'inconclusive';
  readonly reason?: string;
}

export interface UserCheckCall {
  readonly type: string;
  readonly taskQueue: string;
  readonly input: UserCheckInput;
}

/** What came of a call; an answer isn't looked into yet. */
export type UserCheckAnswer = { readonly answer: unknown } | { readonly error: string };
