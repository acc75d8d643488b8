import { ActivityFailure, ApplicationFailure, type CancellationScope } from '@temporalio/workflow';
import type { ApplyInput, ApplyResult, RestoreInput } from '../activities/index.js';
import { describeRefusal, type KeysRefused } from '../rollout/account-keys.js';
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
import type { RefusedChange } from '../rollout/suspend.js';
import { targetLabel } from '../rollout/target.js';
import { changeActivities } from './activity-options.js';

/** Not changed by this activity; `wrote`: an Update may have been sent all the same; `refused`: for the caller's keys. */
export interface HeldChange {
  readonly held: true;
  readonly wrote?: true;
  readonly refused?: KeysRefused;
}

/** What became of a change: a result, or it is to be begun again, or followed, later. */
export type AppliedTarget = TargetResult | HeldChange | SuspendedAnswer;

type SuspendedAnswer = Extract<RefusedChange, { readonly suspended: unknown }>;

/**
 * Changes one target. Cancelled before the write, it is `held`; cancelled after it, the change is followed to its end.
 *
 * @param scope - cancel it to hold the target back
 */
export async function applyTarget(scope: CancellationScope, input: ApplyInput): Promise<AppliedTarget> {
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

async function apply(input: ApplyInput, note: string): Promise<AppliedTarget> {
  const { settings, target } = input;
  const answer: ApplyResult = await changeActivities(settings, `${targetLabel(target)}${note}`).lightsailImdsApply(
    input,
  );
  mustSay(saysOutcome(answer));
  if ('held' in answer) return answer;
  // Reports read the request in the activity's own event: in the result of the batch it would stand in history twice more.
  const { sent: _, ...result } = answer;
  // Nothing is called changed before it was read back as applied.
  return 'outcome' in result && result.outcome.kind === 'changed' ? { ...result, confirmed: true } : result;
}

/** An activity that was completed by hand may answer anything. */
function mustSay(isSaid: boolean): void {
  if (!isSaid) throw new Error('its activity has ended with an answer that says nothing of it');
}

/** On the way back AWS may fail so many times more often: there is nothing better to do than to go on. */
const RESTORE_PATIENCE = 3;

/** Takes one target back; it always ends with a result, or with why it has to be begun again. */
async function restoreTarget(input: RestoreInput): Promise<RestoreResult | RefusedChange> {
  const { target } = input;
  const { maxErrors, ...own } = input.settings;
  const settings: ChangeSettings = { ...own, maxErrors: RESTORE_PATIENCE * maxErrors };
  const { lightsailImdsRestore } = changeActivities(settings, `restore ${targetLabel(target)}`);
  try {
    const answer = await lightsailImdsRestore({ ...input, settings });
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

/**
 * Takes one target back, and begins again where the caller's keys were refused.
 *
 * @param wait - until calls are accepted again; false where nobody waits for that any more
 */
export async function restoreWithKeys(
  input: RestoreInput,
  wait: (refused: KeysRefused) => Promise<boolean>,
): Promise<RestoreResult> {
  for (let task = input; ; ) {
    const answer = await restoreTarget(task);
    if (!('refused' in answer)) return answer;
    const { refused } = answer;
    if (!(await wait(refused))) return keysMissing(refused);
    if ('suspended' in answer) task = { ...task, suspended: answer.suspended };
  }
}

/** Nobody waits for the keys any more. */
export function keysMissing(refused: KeysRefused): RestoreResult {
  return { outcome: { kind: 'restore-failed' }, detail: describeRefusal(refused) };
}
