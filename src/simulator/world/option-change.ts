import type { MetadataOptions, ReportedOptions } from './options.js';

/**
 * The last change of an instance's metadata options. What a read answers follows from it and from the clock,
 * so there are no timers. Times are epoch milliseconds; `Infinity` is never. Options that are undefined are
 * missing from the service's replies ("unknown").
 */
export interface OptionChange {
  readonly from: MetadataOptions | undefined;
  readonly to: MetadataOptions | undefined;
  /** Until then reads give `from`, as applied. */
  readonly staleUntil: number;
  /** From then on reads say applied. */
  readonly appliedAt: number;
  /** From then on `from` is back. */
  readonly revertsAt: number;
}

/** A change that is over: reads give `options`, applied. */
export function settledAt(options: MetadataOptions | undefined): OptionChange {
  return { from: options, to: options, staleUntil: 0, appliedAt: 0, revertsAt: Infinity };
}

/** The options that are really in force, whatever stale reads say. */
export function optionsInForce(change: OptionChange, now: number): MetadataOptions | undefined {
  return now >= change.revertsAt ? change.from : change.to;
}

/** The truth, as the control interface shows it. */
export function trueOptions(change: OptionChange, now: number): ReportedOptions | undefined {
  const options = optionsInForce(change, now);
  return options && { state: now < change.appliedAt ? 'pending' : 'applied', ...options };
}

/** What a read through the API gives, which may be stale. */
export function readOptions(change: OptionChange, now: number): ReportedOptions | undefined {
  if (now < change.staleUntil) return change.from && { state: 'applied', ...change.from };
  return trueOptions(change, now);
}
