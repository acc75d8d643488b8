import { nextApplyStep } from '../rollout/apply.js';
import type { ChangeSettings } from '../rollout/batch.js';
import type { Sent, TargetResult } from '../rollout/outcome.js';
import type { RefusedChange, SuspendedChange } from '../rollout/suspend.js';
import type { Target } from '../rollout/target.js';
import { type ChangeDeps, changeInstance } from './change-instance.js';

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
  /** What an earlier apply had begun when its calls were refused: this one follows it. */
  readonly suspended?: SuspendedChange;
  /** No Update is sent at this time or later (milliseconds since the epoch): the window has closed. */
  readonly notAfter?: number;
}

/**
 * A result, or `held`: cancelled before the write, or closed out of it, so that the target goes back to the queue. Where the
 * caller's keys were refused it says so; after a write it is `suspended` then, to be followed once they are accepted.
 *
 * @internal
 */
export type ApplyResult = (TargetResult & Sent) | { readonly held: true } | (RefusedChange & Sent);

/** Changes one target and waits until the change is really applied. */
export function createApply(deps: ChangeDeps) {
  return async function lightsailImdsApply(input: ApplyInput): Promise<ApplyResult> {
    const { target, settings } = input;
    const { end, refused, suspended, ...what } = await changeInstance(deps, {
      target,
      settings,
      followOnly: input.followOnly === true,
      suspended: input.suspended,
      ...(input.notAfter !== undefined && { notAfter: input.notAfter }),
      decide: (record, reading) => nextApplyStep(target, record, reading, settings),
      isApplied: ({ outcome }) => outcome.kind === 'changed',
    });
    if (end !== undefined) return { ...end, ...what };
    if (refused === undefined) return { held: true };
    return suspended === undefined ? { held: true, refused } : { ...what, wrote: true, suspended, refused };
  };
}
