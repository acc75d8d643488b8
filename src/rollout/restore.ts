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
import { fieldsOf, isCompliant, lowersTokens, type MetadataOptions, pickOptions, restoreOptions } from './options.js';
import type { RestoreResult, TargetResult } from './outcome.js';
import type { RestoreTarget, Target } from './target.js';

/** A target with what its result says of its change. */
export function toRestore(target: Target, { confirmed }: Pick<TargetResult, 'confirmed'>): RestoreTarget {
  return { ...target, ...(confirmed && { confirmed }) };
}

/**
 * What to do next to restore a target. Exactly the asked fields are set to `before`, and only where they have the values
 * of the plan: anything else was changed elsewhere and stays as it is.
 *
 * Readings of a confirmed target say whether there is anything to restore. An Update of any other target may still land,
 * or be hidden by a stale reading: the old values are written explicitly, whatever readings say, and read back.
 */
export function nextRestoreStep(
  target: RestoreTarget,
  record: ChangeRecord,
  reading: Reading,
  patience: ChangePatience,
  keepTokens: boolean,
): Step<RestoreResult> {
  const { instance } = reading;
  const { before, desired } = target;
  const wanted = restoreOptions(before, desired, keepTokens);
  const where = standing(target, instance, desired, wanted);
  // With keepTokens, where nothing but the tokens was changed, no reading leaves anything to restore.
  const isConfirmed = target.confirmed === true || isCompliant(wanted, desired);
  const late = reading.waited >= patience.timeout;
  switch (where) {
    case 'gone':
      return end('gone');
    case 'replaced':
      return end('replaced', `the name now belongs to ${instance?.arn}`);
    case 'to':
      if (!isConfirmed) return proveRestored(wanted, lowersTokens(desired, wanted), record, reading, patience);
      if (record.wrote) return restored(lowersTokens(desired, wanted));
      // One reading isn't enough: other replicas of the service may answer with older values.
      return isSettled(reading, patience) ? restored(false) : WAIT;
    case 'unknown':
      return late ? end('restore-failed', 'its metadata options can not be read') : WAIT;
    case 'pending': {
      if (late) return end('restore-failed', 'still pending at the deadline');
      // A change of ours that stays pending is written over once it has had half of the time: the service names no
      // failed state, so waiting longer would only end without a try.
      const ours = isCompliant(instance?.options, desired) || (!isConfirmed && isCompliant(instance?.options, wanted));
      return ours && !record.wrote && reading.steady >= patience.timeout / 2 ? write(instance, wanted) : WAIT;
    }
    case 'from':
      if (record.wrote ? mayRepeat(record, reading, patience) : takesUpdates(reading, patience))
        return write(instance, wanted);
      return late && record.accepted ? end('restore-failed', 'not back at the old values at the deadline') : WAIT;
    case 'other':
      if (target.confirmed !== true && isCompliant(instance?.options, pickOptions(before, fieldsOf(desired)))) {
        if (isConfirmed) return restored(false);
        // With keepTokens. An Update has to name httpTokens: the one value would lower them if the change has landed, and
        // the other would raise them if it never does.
        return late
          ? end('restore-failed', 'its change may still land: its tokens can neither be kept nor lowered')
          : WAIT;
      }
      return record.wrote && !late ? WAIT : end('drifted', 'changed elsewhere since, left as it is');
    default:
      return where satisfies never;
  }
}

/**
 * So many polls have to read the old values after the Update that restores a target whose change was never seen applied:
 * half a minute with the default interval, since readings are stale for some seconds after an Update.
 */
const PROVING_POLLS = 6;

/**
 * Restores a target that reads as restored, though its change may still land. Lightsail carries out the Updates of an
 * instance in the order in which it accepts them, so the earlier change can't land once the explicit Update is accepted.
 * Only a failure of that Update could then leave the instance changed, and steady readings show such a failure. An Update
 * that was answered unclearly proves nothing, and is repeated until one is accepted.
 */
function proveRestored(
  wanted: MetadataOptions,
  downgraded: boolean,
  record: ChangeRecord,
  reading: Reading,
  patience: ChangePatience,
): Step<RestoreResult> {
  if (record.wrote && record.accepted === true) {
    return reading.steady >= PROVING_POLLS * patience.pollInterval ? restored(downgraded) : WAIT;
  }
  const isDue = record.wrote ? mayRepeat(record, reading, patience) : takesUpdates(reading, patience);
  return isDue ? write(reading.instance, wanted) : WAIT;
}

function end(kind: RestoreResult['outcome']['kind'], detail?: string): Step<RestoreResult> {
  return { do: 'end', end: { outcome: { kind }, ...(detail !== undefined && { detail }) } };
}

function restored(downgraded: boolean): Step<RestoreResult> {
  return { do: 'end', end: { outcome: { kind: 'restored' }, ...(downgraded && { downgraded: true as const }) } };
}
