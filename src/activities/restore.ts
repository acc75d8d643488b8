import { ApplicationFailure } from '@temporalio/activity';
import type { ChangeSettings } from '../rollout/batch.js';
import type { RestoreResult, Sent } from '../rollout/outcome.js';
import { nextRestoreStep } from '../rollout/restore.js';
import type { RestoreTarget } from '../rollout/target.js';
import { type ChangeDeps, changeInstance } from './change-instance.js';

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
}

/** Takes the change of one target back. Safe for a target that was never changed, and safe to run twice. */
export function createRestore(deps: ChangeDeps) {
  return async function lightsailImdsRestore({
    target,
    settings,
    keepTokens,
  }: RestoreInput): Promise<RestoreResult & Sent> {
    const { end, sent } = await changeInstance(deps, {
      target,
      settings,
      followOnly: false,
      mayHaveWritten: false,
      decide: (record, reading) => nextRestoreStep(target, record, reading, settings, keepTokens),
      isApplied: ({ outcome }) => outcome.kind === 'restored',
    });
    if (end === undefined)
      throw ApplicationFailure.nonRetryable('the restore was cancelled before its write', 'RestoreCancelled');
    return { ...end, ...(sent !== undefined && { sent }) };
  };
}
