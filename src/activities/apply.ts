import { nextApplyStep } from '../rollout/apply.js';
import type { ChangeSettings } from '../rollout/batch.js';
import type { Sent, TargetResult } from '../rollout/outcome.js';
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
  /** No Update is sent at this time or later (milliseconds since the epoch): the window has closed. */
  readonly notAfter?: number;
}

/**
 * A result, or `held`: cancelled before the write, or closed out of it, so that the target goes back to the queue.
 *
 * @internal
 */
export type ApplyResult = (TargetResult & Sent) | { readonly held: true };

/** Changes one target and waits until the change is really applied. */
export function createApply(deps: ChangeDeps) {
  return async function lightsailImdsApply(input: ApplyInput): Promise<ApplyResult> {
    const { target, settings } = input;
    const { end, ...what } = await changeInstance(deps, {
      target,
      settings,
      followOnly: input.followOnly === true,
      ...(input.notAfter !== undefined && { notAfter: input.notAfter }),
      decide: (record, reading) => nextApplyStep(target, record, reading, settings),
      isApplied: ({ outcome }) => outcome.kind === 'changed',
    });
    return end === undefined ? { held: true } : { ...end, ...what };
  };
}
