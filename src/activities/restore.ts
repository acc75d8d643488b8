import { ApplicationFailure } from '@temporalio/activity';
import type { LightsailFor } from '../lightsail/index.js';
import type { ChangeSettings } from '../rollout/batch.js';
import type { RestoreResult, Sent } from '../rollout/outcome.js';
import { nextRestoreStep } from '../rollout/restore.js';
import type { RefusedChange, SuspendedChange } from '../rollout/suspend.js';
import type { RestoreTarget } from '../rollout/target.js';
import { changeInstance } from './change-instance.js';

/**
 * What `lightsailImdsRestore` is given.
 *
 * @internal
 */
export interface RestoreInput {
  readonly target: RestoreTarget;
  readonly settings: ChangeSettings;
  /** Never lower httpTokens; the other asked fields go back. */
  readonly keepTokens: boolean;
  /** What an earlier restore had begun when its calls were refused. */
  readonly suspended?: SuspendedChange;
  /** An action that is refused (`AccessDenied`) is asked for again for so long, in milliseconds. Default: not at all. */
  readonly deniedFor?: number;
}

/**
 * A result; or, where the caller's keys were refused, that nothing was written or what was: then it is to be begun again.
 *
 * @internal
 */
export type RestoreAnswer = (RestoreResult | RefusedChange) & Sent;

/** Takes the change of one target back. Safe for a target that was never changed, and safe to run twice. */
export function createRestore(lightsailFor: LightsailFor) {
  return async function lightsailImdsRestore({
    target,
    settings,
    keepTokens,
    suspended,
    deniedFor = 0,
  }: RestoreInput): Promise<RestoreAnswer> {
    const {
      end,
      sent: request,
      ...rest
    } = await changeInstance(lightsailFor, {
      target,
      settings,
      followOnly: false,
      mayHaveWritten: false,
      suspended,
      deniedFor,
      decide: (record, reading) => nextRestoreStep(target, record, reading, settings, keepTokens),
      isApplied: ({ outcome }) => outcome.kind === 'restored',
    });
    const sent = request === undefined ? {} : { sent: request };
    if (end !== undefined) return { ...end, ...sent };
    const { refused } = rest;
    if (refused === undefined)
      throw ApplicationFailure.nonRetryable('the restore was cancelled before its write', 'RestoreCancelled');
    return rest.suspended === undefined
      ? { held: true, refused }
      : { wrote: true, suspended: rest.suspended, refused, ...sent };
  };
}
