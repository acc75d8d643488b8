import { z } from 'zod';
import type { KeysRefused } from './account-keys.js';
import type { ChangeRecord } from './change.js';

/** What is known of a change that was begun, and can't be followed for now. */
export interface SuspendedChange {
  /** How long the Update had been waited for, in milliseconds: another worker, which has another clock, may go on. */
  readonly waited: number;
  /** When the Update was sent, as its worker says: for a report, and compared with nothing. */
  readonly at?: number;
  readonly accepted?: boolean;
  readonly request?: string;
  readonly errors: number;
}

/** How an activity ends whose calls are refused for the caller's keys: held, or what was written is followed later. */
export type RefusedChange =
  | { readonly held: true; readonly wrote?: true; readonly refused: KeysRefused }
  | { readonly wrote: true; readonly suspended: SuspendedChange; readonly refused: KeysRefused };

export const suspendedSchema = z.looseObject({
  waited: z.number().min(0),
  at: z.number().exactOptional(),
  accepted: z.boolean().exactOptional(),
  request: z.string().exactOptional(),
  errors: z.int().min(0),
});

/** @param record - with the time that was waited until now */
export function suspendChange({ wrote: _, waited = 0, ...known }: ChangeRecord): SuspendedChange {
  return { ...known, waited };
}

/** The deadline has what was left of it: for as long as nothing could be read, it stood still. */
export function resumeChange(suspended: SuspendedChange): ChangeRecord {
  return { ...suspended, wrote: true };
}
