import { ActivityFailure, ApplicationFailure, type CancellationScope } from '@temporalio/workflow';
import type { ApplyInput, ApplyResult } from '../activities/index.js';
import { saysOutcome, saysRestored } from '../rollout/answer.js';
import type { ChangeSettings } from '../rollout/batch.js';
import { messageOf } from '../rollout/error-message.js';
import {
  cutReason,
  type RestoreResult,
  TARGET_FAILED,
  type TargetFailure,
  type TargetResult,
} from '../rollout/outcome.js';
import { type RestoreTarget, targetLabel } from '../rollout/target.js';
import { changeActivities } from './activity-options.js';

type Held = Extract<ApplyResult, { readonly held: true }>;

/**
 * Changes one target. Cancelled before the write, it is `held`; cancelled after it, the change is followed to its end.
 *
 * @param scope - cancel it to hold the target back
 */
export async function applyTarget(scope: CancellationScope, input: ApplyInput): Promise<TargetResult | Held> {
  try {
    return await scope.run(() => apply(input, ''));
  } catch (error) {
    if (!scope.consideredCancelled || readFailure(error).reason === 'api-error') return toFailedResult(error);
  }
  // Temporal reports a cancellation in back-off at once, and retries nothing whose cancellation was asked for, also where
  // its worker died: an attempt may have written. Look, and send nothing.
  try {
    return await apply({ ...input, followOnly: true }, ' (following a cancelled change)');
  } catch (error) {
    return toFailedResult(error);
  }
}

async function apply(input: ApplyInput, note: string): Promise<TargetResult | Held> {
  const { settings, target } = input;
  const answer = await changeActivities(settings, `${targetLabel(target)}${note}`).lightsailImdsApply(input);
  mustSay(saysOutcome(answer));
  if ('held' in answer) return answer;
  // Reports read the request in the activity's own event: in the result of the batch it would stand in history twice more.
  const { sent: _, ...result } = answer;
  // Nothing is called changed before it was read back as applied.
  return result.outcome.kind === 'changed' ? { ...result, confirmed: true } : result;
}

/** An activity that was completed by hand may answer anything. */
function mustSay(isSaid: boolean): void {
  if (!isSaid) throw new Error('its activity has ended with an answer that says nothing of it');
}

/** On the way back AWS may fail so many times more often: there is nothing better to do than to go on. */
const RESTORE_PATIENCE = 3;

/** Takes one target back; it always ends with a result. */
export async function restoreTarget(
  target: RestoreTarget,
  { maxErrors, ...own }: ChangeSettings,
  keepTokens: boolean,
): Promise<RestoreResult> {
  const settings = { ...own, maxErrors: RESTORE_PATIENCE * maxErrors };
  const { lightsailImdsRestore } = changeActivities(settings, `restore ${targetLabel(target)}`);
  try {
    const answer = await lightsailImdsRestore({ target, settings, keepTokens });
    mustSay(saysRestored(answer));
    const { sent: _, ...result } = answer;
    return result;
  } catch (error) {
    return { outcome: { kind: 'restore-failed' }, detail: cutReason(readFailure(error).detail) };
  }
}

function toFailedResult(error: unknown): TargetResult {
  const { detail, wrote, reason } = readFailure(error);
  return { outcome: { kind: 'failed', reason }, detail: cutReason(detail), wrote };
}

interface ReadFailure extends TargetFailure {
  readonly reason: 'api-error' | 'unexpected';
}

/** What an activity's failure says of its target; one that says nothing may have written. */
function readFailure(error: unknown): ReadFailure {
  const cause = error instanceof ActivityFailure ? error.cause : error;
  if (cause instanceof ApplicationFailure && cause.type === TARGET_FAILED) {
    const failure: Partial<TargetFailure> = cause.details?.[0] ?? {};
    return { wrote: failure.wrote ?? true, detail: failure.detail ?? cause.message, reason: 'api-error' };
  }
  return { wrote: true, detail: messageOf(cause), reason: 'unexpected' };
}
