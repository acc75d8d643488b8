import { type FleetInstance, isInTransition } from './instance.js';
import { isCompliant, knowsEnough, type MetadataOptions, updateFields } from './options.js';
import type { Target } from './target.js';

/** What is remembered of one target's change from attempt to attempt, in the activity's heartbeat details. */
export interface ChangeRecord {
  /** An Update may have been sent: recorded, and acknowledged by the server, before it is. */
  readonly wrote: boolean;
  /** When the last Update was recorded or, once there, answered, in milliseconds since the epoch by its worker's clock: for a report, and compared with nothing. */
  readonly at?: number;
  /**
   * How long the last Update had been waited for when this was recorded, in milliseconds: the deadline runs from the write, and
   * workers have no clock in common. The time in which no attempt was there isn't in it, and is no failure of the instance.
   */
  readonly waited?: number;
  /** The last Update was answered clearly, so that it need not be repeated. */
  readonly accepted?: boolean;
  /** The request ID of the last Update, where an answer named one. */
  readonly request?: string;
  /** AWS errors so far; throttling doesn't count. */
  readonly errors: number;
}

/** How long to wait, in milliseconds. */
export interface ChangePatience {
  readonly timeout: number;
  readonly pollInterval: number;
}

/** One reading of the instance, with the time it stands in; all in milliseconds. */
export interface Reading {
  /** Undefined: there is no instance of that name any more. */
  readonly instance: FleetInstance | undefined;
  /** Since the last Update, or since the activity began to look where none was sent. */
  readonly waited: number;
  /** For how long every reading has been like this one. */
  readonly steady: number;
}

/** What to do next with a target. */
export type Step<End> =
  | { readonly do: 'write'; readonly send: MetadataOptions }
  | { readonly do: 'wait' }
  | { readonly do: 'end'; readonly end: End };

/** How a reading stands to a change from one set of values to another. */
export type Standing = 'gone' | 'replaced' | 'unknown' | 'pending' | 'from' | 'to' | 'other';

export const WAIT = { do: 'wait' } as const;

/** Compares a reading with the values that a change starts from and the ones that it leads to. */
export function standing(
  target: Target,
  instance: FleetInstance | undefined,
  from: MetadataOptions,
  to: MetadataOptions,
): Standing {
  if (instance === undefined) return 'gone';
  if (instance.arn !== target.arn) return 'replaced';
  if (!knowsEnough(instance.options, target.desired) || instance.optionsState === undefined) return 'unknown';
  if (instance.optionsState === 'pending') return 'pending';
  if (isCompliant(instance.options, to)) return 'to';
  return isCompliant(instance.options, from) ? 'from' : 'other';
}

/** The Update that leads to `to`. */
export function write(instance: FleetInstance | undefined, to: MetadataOptions): Step<never> {
  return { do: 'write', send: updateFields(instance?.options, to) };
}

/** Whether readings have been alike for two polls. One reading isn't enough: it may be stale right after a write. */
export function isSettled(reading: Reading, patience: ChangePatience): boolean {
  return reading.steady >= 2 * patience.pollInterval;
}

/** Whether an Update that was answered unclearly may be repeated: the old values have been read as applied for two polls. */
export function mayRepeat(record: ChangeRecord, reading: Reading, patience: ChangePatience): boolean {
  return record.accepted !== true && isSettled(reading, patience) && takesUpdates(reading, patience);
}

/** Whether to write now: an instance on its way from one state to another is waited for, but not for ever. */
export function takesUpdates({ instance, waited }: Reading, { timeout }: ChangePatience): boolean {
  return instance === undefined || !isInTransition(instance) || waited >= timeout;
}
