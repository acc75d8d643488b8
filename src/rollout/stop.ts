import type { RolloutSpec } from './spec.js';
import type { LogEntry } from './status.js';

/** Why no new change starts any more, for good. */
export interface Stop {
  readonly kind: 'aborted' | 'budget' | 'halted';
  readonly reason: string;
  /** What was changed is taken back. */
  readonly restore: boolean;
}

/** Something came between that neither an operator nor the budget decides, such as a batch that was ended from outside. */
export interface Halt {
  readonly reason: string;
  /** What was changed is taken back already, or an abort has asked for it. */
  readonly restore: boolean;
  /** The batch goes on by itself: nothing may be taken back beside it. */
  readonly adrift?: true;
}

export type Aborted = LogEntry & { readonly mode: 'halt' | 'rollback' };

export interface StopCauses {
  readonly halted: Halt | undefined;
  readonly aborted: Aborted | undefined;
  /** What the budget says. */
  readonly tripped: string | undefined;
  readonly revert: RolloutSpec['failure']['revert'] | undefined;
}

/** The operator's word first, then the budget's; undefined while the rollout may go on. */
export function stopOf({ halted, aborted, tripped, revert }: StopCauses): Stop | undefined {
  if (halted !== undefined) return { kind: 'halted', ...halted };
  if (aborted !== undefined) {
    const { mode, by, reason } = aborted;
    return {
      kind: 'aborted',
      restore: mode === 'rollback',
      reason: `aborted${by ? ` by ${by}` : ''}${reason ? `: ${reason}` : ''}`,
    };
  }
  return tripped === undefined ? undefined : { kind: 'budget', restore: revert === 'run', reason: tripped };
}
