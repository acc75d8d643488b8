import type { MessageKind } from './message-members.js';

/** What Temporal takes of one run by default: `history.maxTotalUpdates` and `history.maximumSignalsPerExecution`. */
const TEMPORAL_TAKES = { updates: 2_000, signals: 10_000 } as const;

/** Type of the failure of an Update that is refused since there were too many. */
export const TOO_MANY_UPDATES = 'TooManyUpdates';

/** Signals up to which a batch reports its progress; what is left acknowledges orders, and takes `abort` and `pause`. */
const REPORTED_SIGNALS = 8_000;

/** Reports that a batch may send, of a run that has received so many signals. */
export function reportsLeft(signals: number): number {
  return Math.max(0, REPORTED_SIGNALS - signals);
}

/**
 * Accepted Updates up to which each message is taken. What stops a rollout is taken the longest, and `resume` longer than
 * `pause`: a paused rollout must not be left without its end.
 */
const TAKEN_UNTIL = {
  revert: 1_900,
  skipBake: 1_900,
  addTargets: 1_900,
  pause: 1_950,
  resume: 1_990,
  approve: 1_990,
  reject: 1_990,
  abort: Number.POSITIVE_INFINITY,
} as const satisfies Record<MessageKind | 'addTargets', number>;

/**
 * Why a run that has accepted so many Updates takes no more of this kind; undefined where it does.
 *
 * @example refusalOfMany('revert', 1_900) // 'This run has taken 1900 Updates, and Temporal takes 2000 of one run: …'
 */
export function refusalOfMany(kind: keyof typeof TAKEN_UNTIL, updates: number): string | undefined {
  if (updates < TAKEN_UNTIL[kind]) return undefined;
  const rest = Object.entries(TAKEN_UNTIL).flatMap(([other, until]) =>
    updates < until && other !== 'addTargets' ? [other] : [],
  );
  return `This run has taken ${updates} Updates, and Temporal takes ${TEMPORAL_TAKES.updates} of one run: ${kind} is refused, so that it can still be stopped. Updates it still takes: ${rest.join(', ')}. abort and pause are taken as signals too. To go on without this limit, abort it and start it again for what is left.`;
}
