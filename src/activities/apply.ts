import { Context } from '@temporalio/activity';
import { nextApplyStep } from '../rollout/apply.js';
import type { ChangeSettings } from '../rollout/batch.js';
import type { Sent, TargetResult } from '../rollout/outcome.js';
import type { Target } from '../rollout/target.js';
import { type ChangeDeps, changeInstance } from './change-instance.js';
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
  /** No Update is sent at this time or later (milliseconds since the epoch): the window has closed. */
  readonly notAfter?: number;
}

/**
 * A result, or `held`: cancelled before the write, or closed out of it, so that the target goes back to the queue. With
 * `wrote` an Update may have been sent all the same, which was never seen applied.
 *
 * @internal
 */
export type ApplyResult = (TargetResult & Sent) | { readonly held: true; readonly wrote?: true };

/** Changes one target and waits until the change is really applied. */
export function createApply(deps: ChangeDeps) {
  const earlier = new EarlierWriters();
  return async function lightsailImdsApply(input: ApplyInput): Promise<ApplyResult> {
    const { target, settings, followOnly = false } = input;
    const mayHaveWritten =
      followOnly || input.mayHaveWritten || (await earlier.mayHaveWritten(Context.current(), target.arn));
    const { end, ...what } = await changeInstance(deps, {
      target,
      settings,
      followOnly,
      mayHaveWritten,
      ...(input.notAfter !== undefined && { notAfter: input.notAfter }),
      decide: (record, reading) => nextApplyStep(target, record, reading, settings, mayHaveWritten),
      isApplied: ({ outcome }) => outcome.kind === 'changed',
    });
    if (end === undefined) return { held: true, ...(what.wrote && { wrote: true }) };
    return { ...end, ...what };
  };
}
