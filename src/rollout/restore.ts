import {
  type ChangePatience,
  type ChangeRecord,
  isSettled,
  mayRepeat,
  type Reading,
  type Step,
  standing,
  takesUpdates,
  WAIT,
  write,
} from './change.js';
import { isCompliant, lowersTokens, restoreOptions } from './options.js';
import type { RestoreResult } from './outcome.js';
import type { Target } from './target.js';

/**
 * What to do next to take a target's change back. Exactly the asked fields go back to `before`, and only where they
 * still have the values of the plan: anything else was changed elsewhere and stays as it is.
 */
export function nextRestoreStep(
  target: Target,
  record: ChangeRecord,
  reading: Reading,
  patience: ChangePatience,
  keepTokens: boolean,
): Step<RestoreResult> {
  const { instance } = reading;
  const wanted = restoreOptions(target.before, target.desired, keepTokens);
  const where = standing(target, instance, target.desired, wanted);
  const late = reading.waited >= patience.timeout;
  switch (where) {
    case 'gone':
      return end('gone');
    case 'replaced':
      return end('replaced', `the name now belongs to ${instance?.arn}`);
    case 'to':
      if (record.wrote) return restored(lowersTokens(target.desired, wanted));
      // A change whose answer was lost may have taken effect, and a reading right after it be stale.
      return isSettled(reading, patience) ? restored(false) : WAIT;
    case 'unknown':
      return late ? end('restore-failed', 'its metadata options can not be read') : WAIT;
    case 'pending': {
      if (late) return end('restore-failed', 'still pending at the deadline');
      // A change of ours that stays pending is written over once it has had half of the time: the service names no
      // failed state, so waiting longer would only end without a try.
      const ours = isCompliant(instance?.options, target.desired);
      return ours && !record.wrote && reading.steady >= patience.timeout / 2 ? write(instance, wanted) : WAIT;
    }
    case 'from':
      if (record.wrote ? mayRepeat(record, reading, patience) : takesUpdates(reading, patience))
        return write(instance, wanted);
      return late && record.accepted ? end('restore-failed', 'not back at the old values at the deadline') : WAIT;
    case 'other':
      return record.wrote && !late ? WAIT : end('drifted', 'changed elsewhere since, left as it is');
    default:
      return where satisfies never;
  }
}

function end(kind: RestoreResult['outcome']['kind'], detail?: string): Step<RestoreResult> {
  return { do: 'end', end: { outcome: { kind }, ...(detail !== undefined && { detail }) } };
}

function restored(downgraded: boolean): Step<RestoreResult> {
  return { do: 'end', end: { outcome: { kind: 'restored' }, ...(downgraded && { downgraded: true as const }) } };
}
