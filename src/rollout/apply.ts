import {
  type ChangePatience,
  type ChangeRecord,
  mayRepeat,
  type Reading,
  type Step,
  standing,
  WAIT,
  write,
} from './change.js';
import { hasOptedOut, isInTransition } from './instance.js';
import { describeChange, fieldsOf, pickOptions } from './options.js';
import type { Outcome } from './outcome.js';
import type { Target } from './target.js';

/** How the apply of a target ends, with what a person needs to know of it. */
export interface ApplyEnd {
  readonly outcome: Outcome;
  readonly detail?: string;
}

/**
 * What to do next with a target of a stage. Nothing is written over a value that the plan didn't see, and nothing is
 * called changed before it has been read back as applied with every asked value.
 *
 * @param mayHaveWritten - an earlier run of the batch or of its rollout, or an earlier attempt whose record is lost, may
 * have sent an Update: the plan found other values, so that the wanted ones are taken as a change of the rollout
 */
export function nextApplyStep(
  target: Target,
  record: ChangeRecord,
  reading: Reading,
  patience: ChangePatience,
  mayHaveWritten = false,
): Step<ApplyEnd> {
  const { instance } = reading;
  const before = pickOptions(target.before, fieldsOf(target.desired));
  const where = standing(target, instance, before, target.desired);
  if (where === 'gone') return skip('gone');
  if (where === 'replaced') return skip('replaced', `the name now belongs to ${instance?.arn}`);
  const late = reading.waited >= patience.timeout;
  if (record.wrote) {
    if (where === 'to') return changed(target, reading);
    // No deadline here: a worker may have died between record and Update, and have been away for an hour.
    if (where === 'from' && !record.accepted)
      return mayRepeat(record, reading, patience) ? write(instance, target.desired) : WAIT;
    return late ? endLate(reading) : WAIT;
  }
  if (instance !== undefined && hasOptedOut(instance)) return skip('opted-out');
  switch (where) {
    case 'unknown':
      return end({ kind: 'blocked', reason: 'unknown-options' });
    case 'pending':
      if (late && mayHaveWritten) return endLate(reading);
      return late ? end({ kind: 'blocked', reason: 'changing' }, 'a change made elsewhere stays pending') : WAIT;
    case 'to':
      return mayHaveWritten ? changed(target, reading) : end({ kind: 'compliant' });
    case 'from':
      if (instance === undefined || !isInTransition(instance)) return write(instance, target.desired);
      return late ? end({ kind: 'blocked', reason: 'changing' }, `stays ${instance.state}`) : WAIT;
    case 'other':
      return skip(
        'drifted',
        `since the plan: ${describeChange(before, pickOptions(instance?.options, fieldsOf(target.desired)))}`,
      );
    default:
      return where satisfies never;
  }
}

function end(outcome: Outcome, detail?: string): Step<ApplyEnd> {
  return { do: 'end', end: { outcome, ...(detail !== undefined && { detail }) } };
}

function skip(reason: 'gone' | 'replaced' | 'opted-out' | 'drifted', detail?: string): Step<ApplyEnd> {
  return end({ kind: 'skipped', reason }, detail);
}

function changed({ stopped }: Target, { instance }: Reading): Step<ApplyEnd> {
  const off = stopped ? 'was stopped when planned' : instance?.state === 'stopped' ? 'is stopped' : undefined;
  if (off === undefined) return end({ kind: 'changed' });
  return end({ kind: 'changed', unverified: true }, `it ${off}: what runs on it is unproved until it starts`);
}

function endLate({ instance }: Reading): Step<ApplyEnd> {
  if (instance?.state === 'stopped') {
    return end(
      { kind: 'blocked', reason: 'stopped' },
      'still pending at the deadline; the change may land when it starts',
    );
  }
  const state = instance?.optionsState === 'pending' ? 'still pending' : 'not at the asked values';
  return end({ kind: 'failed', reason: 'deadline' }, `${state} at the deadline`);
}
