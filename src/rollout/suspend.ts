import { z } from 'zod';
import type { KeysRefused } from './account-keys.js';
import type { ChangeRecord } from './change.js';

/** What is known of a change that was begun, and can't be followed for now; without times of a clock, as another worker may go on. */
export interface SuspendedChange {
  /** Of the time from the write to the deadline, what is over, in milliseconds. */
  readonly elapsed: number;
  readonly accepted?: boolean;
  readonly request?: string;
  readonly errors: number;
}

/** How an activity ends whose calls are refused for the caller's keys: nothing was written, or what was is followed later. */
export type RefusedChange =
  | { readonly held: true; readonly refused: KeysRefused }
  | { readonly wrote: true; readonly suspended: SuspendedChange; readonly refused: KeysRefused };

export const suspendedSchema = z.looseObject({
  elapsed: z.number().min(0),
  accepted: z.boolean().exactOptional(),
  request: z.string().exactOptional(),
  errors: z.int().min(0),
});

/** @param now - milliseconds since the epoch */
export function suspendChange({ at, accepted, request, errors }: ChangeRecord, now: number): SuspendedChange {
  return {
    elapsed: Math.max(0, now - (at ?? now)),
    ...(accepted !== undefined && { accepted }),
    ...(request !== undefined && { request }),
    errors,
  };
}

/** The deadline has what was left of it: for as long as nothing could be read, it stood still. @param now - milliseconds since the epoch */
export function resumeChange({ elapsed, accepted, request, errors }: SuspendedChange, now: number): ChangeRecord {
  return {
    wrote: true,
    at: now - elapsed,
    ...(accepted !== undefined && { accepted }),
    ...(request !== undefined && { request }),
    errors,
  };
}
