import { wellFormed } from './clean.js';

/** Why a target was passed over without a change. */
export type SkipReason =
  | 'replaced'
  | 'gone'
  | 'opted-out'
  | 'drifted'
  | 'stopped'
  | 'left-out'
  | 'busy'
  | 'operator'
  | 'not-started';

/** Why a target can't be changed, though nothing failed. */
export type BlockReason =
  | 'unknown-options'
  | 'stopped'
  | 'waived'
  | 'changing'
  | 'unhealthy'
  | 'evidence'
  | 'out-of-scope';

/** Why a target failed; each counts against the budget once, but for a change that was begun and couldn't be followed for want of keys. */
export type FailReason =
  | 'api-error'
  | 'deadline'
  | 'unhealthy'
  | 'operator'
  | 'reverted'
  | 'unexpected'
  | 'unconfirmed';

/** What became of a target of a rollout. */
export type Outcome =
  | { readonly kind: 'changed'; readonly unverified?: true }
  | { readonly kind: 'compliant' }
  | { readonly kind: 'skipped'; readonly reason: SkipReason }
  | { readonly kind: 'blocked'; readonly reason: BlockReason }
  | { readonly kind: 'failed'; readonly reason: FailReason }
  /** Changed by this run, and found otherwise by the last sweep: changed elsewhere, replaced or deleted since. */
  | { readonly kind: 'drifted' | 'replaced' | 'gone' };

/** What became of a target on the way back. */
export type RestoreOutcome = { readonly kind: 'restored' | 'drifted' | 'replaced' | 'gone' | 'restore-failed' };

export const RESTORE_KINDS = [
  'restored',
  'drifted',
  'replaced',
  'gone',
  'restore-failed',
] as const satisfies readonly RestoreOutcome['kind'][];

/** The kinds under which targets are counted. */
export type OutcomeKind = Outcome['kind'] | RestoreOutcome['kind'];

/** In the order in which they are shown. */
export const OUTCOME_KINDS = [
  'changed',
  'compliant',
  'skipped',
  'blocked',
  'failed',
  'restored',
  'drifted',
  'replaced',
  'gone',
  'restore-failed',
] as const satisfies readonly OutcomeKind[];

/** The longest reason that is kept of one target, in characters; 100 of them fit a failure's details. */
export const MAX_REASON_LENGTH = 300;

/** What a batch reports of one target. `detail` says more to a person, in at most {@link MAX_REASON_LENGTH} characters. */
export interface TargetResult {
  readonly outcome: Outcome;
  readonly detail?: string;
  /** False only where it is certain that no Update was sent: such a target needs no restore. */
  readonly wrote: boolean;
  /** The change has been read back as applied, whatever became of the target later. */
  readonly confirmed?: true;
  readonly restore?: RestoreResult;
}

/** What a batch reports of a target that it has taken back. */
export interface RestoreResult {
  readonly outcome: RestoreOutcome;
  readonly detail?: string;
  /** Tokens went from required back to optional. */
  readonly downgraded?: true;
}

/**
 * The last Update that was sent for a target: its request ID, by which CloudTrail knows it (null where no answer named
 * one), and the time, in milliseconds since the epoch. A tuple, since each stays in history.
 */
export type SentUpdate = readonly [requestId: string | null, at: number];

/** What an activity tells of its target beside the result: it stays in the activity's own event, and goes no further. */
export interface Sent {
  /** Missing where no Update was sent, or where another activity sent it. */
  readonly sent?: SentUpdate;
}

/** Type of the failure of an activity whose target has failed for good; its details are one {@link TargetFailure}. */
export const TARGET_FAILED = 'TargetFailed';

export interface TargetFailure extends Sent {
  /** False only where it is certain that no Update of this target was sent. */
  readonly wrote: boolean;
  readonly detail: string;
}

/** @example describeOutcome({ kind: 'skipped', reason: 'drifted' }) // 'skipped(drifted)' */
export function describeOutcome(outcome: Outcome | RestoreOutcome): string {
  if ('reason' in outcome) return `${outcome.kind}(${outcome.reason})`;
  return 'unverified' in outcome && outcome.unverified ? `${outcome.kind}(unverified)` : outcome.kind;
}

/**
 * The one kind under which a target is counted: its outcome, until a restore has taken a change back or has failed to.
 * A failed target that was restored stays `failed`; that it is back is said in its reason.
 */
export function countedKind(result: TargetResult): OutcomeKind {
  const restored = result.restore?.outcome.kind;
  if (restored === undefined) return result.outcome.kind;
  return result.outcome.kind === 'failed' && restored !== 'restore-failed' ? 'failed' : restored;
}

/** @example cutReason('x'.repeat(1000)).length // 300 */
export function cutReason(text: string): string {
  // Never half of a surrogate pair, of which a cut may be what is left.
  return text.length <= MAX_REASON_LENGTH
    ? wellFormed(text)
    : `${wellFormed(text.slice(0, MAX_REASON_LENGTH - 1).replace(/[\uD800-\uDBFF]$/, ''))}…`;
}
