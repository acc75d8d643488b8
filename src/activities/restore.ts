import { ApplicationFailure, Context } from '@temporalio/activity';
import type { LightsailFor } from '../lightsail/index.js';
import type { ChangeSettings } from '../rollout/batch.js';
import type { RestoreResult, Sent } from '../rollout/outcome.js';
import { nextRestoreStep } from '../rollout/restore.js';
import { scopeOf } from '../rollout/scope.js';
import type { Target } from '../rollout/target.js';
import type { AwaitGroup } from './begin-in-groups.js';
import { callScope } from './call-scope.js';
import { changeInstance } from './change-instance.js';

/**
 * What `lightsailImdsRestore` is given.
 *
 * @internal
 */
export interface RestoreInput {
  readonly target: Target;
  readonly settings: ChangeSettings;
  /** Never lower httpTokens; the other asked fields go back. */
  readonly keepTokens: boolean;
}

/** Takes the change of one target back. Safe for a target that was never changed, and safe to run twice. */
export function createRestore(lightsail: LightsailFor, awaitGroup: AwaitGroup) {
  return async function lightsailImdsRestore({
    target,
    settings,
    keepTokens,
  }: RestoreInput): Promise<RestoreResult & Sent> {
    const scoped = lightsail(callScope(scopeOf(target.arn), Context.current()));
    await awaitGroup(scoped);
    const { end, sent } = await changeInstance(scoped, {
      target,
      settings,
      followOnly: false,
      decide: (record, reading) => nextRestoreStep(target, record, reading, settings, keepTokens),
      isApplied: ({ outcome }) => outcome.kind === 'restored',
    });
    if (end === undefined)
      throw ApplicationFailure.nonRetryable('the restore was cancelled before its write', 'RestoreCancelled');
    return { ...end, ...(sent !== undefined && { sent }) };
  };
}
