import { Context } from '@temporalio/activity';
import type { LightsailFor } from '../lightsail/index.js';
import { nextApplyStep } from '../rollout/apply.js';
import type { ChangeSettings } from '../rollout/batch.js';
import type { Sent, TargetResult } from '../rollout/outcome.js';
import type { RefusedChange, SuspendedChange } from '../rollout/suspend.js';
import type { Target } from '../rollout/target.js';
import { changeInstance } from './change-instance.js';
import { EarlierWriters } from './earlier-writes.js';

/**
 * What `lightsailImdsApply` is given.
 *
 * @internal
 */
export interface ApplyInput {
  readonly target: Target;
  readonly settings: ChangeSettings;
  /** An earlier apply was ended without saying whether it had written: send nothing, only follow to its end what it may have begun. */
  readonly followOnly?: true;
  /** An earlier apply of this batch may have written to it, and was held since: what is as wanted is ours. */
  readonly mayHaveWritten?: true;
  /** What an earlier apply had begun when its calls were refused: this one follows it. */
  readonly suspended?: SuspendedChange;
  /** No Update is sent at this time or later (milliseconds since the epoch): the window has closed. */
  readonly notAfter?: number;
}

/**
 * A result, or `held`: cancelled before the write, or closed out of it, so that the target goes back to the queue. With
 * `wrote` an Update may have been sent all the same, which was never seen applied. Where the caller's keys were refused it
 * says so; after a write it is `suspended` then, to be followed once they are accepted.
 *
 * @internal
 */
export type ApplyResult =
  | (TargetResult & Sent)
  | { readonly held: true; readonly wrote?: true }
  | (RefusedChange & Sent);

/** Changes one target and waits until the change is really applied. */
export function createApply(lightsailFor: LightsailFor) {
  const earlier = new EarlierWriters();
  return async function lightsailImdsApply(input: ApplyInput): Promise<ApplyResult> {
    const { target, settings, followOnly = false } = input;
    const mayHaveWritten =
      followOnly || input.mayHaveWritten || (await earlier.mayHaveWritten(Context.current(), target.arn));
    const { end, refused, suspended, ...what } = await changeInstance(lightsailFor, {
      target,
      settings,
      followOnly,
      mayHaveWritten,
      suspended: input.suspended,
      ...(input.notAfter !== undefined && { notAfter: input.notAfter }),
      decide: (record, reading) => nextApplyStep(target, record, reading, settings, mayHaveWritten),
      isApplied: ({ outcome }) => outcome.kind === 'changed',
    });
    if (end !== undefined) return { ...end, ...what };
    if (suspended !== undefined && refused !== undefined) return { ...what, wrote: true, suspended, refused };
    return { held: true, ...(what.wrote && { wrote: true }), ...(refused && { refused }) };
  };
}
