import type { RolloutSpec } from './spec.js';
import type { LogEntry, Phase } from './status.js';

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

/** How a run stands when it is aborted. */
export interface AbortedRun {
  readonly phase: Phase;
  readonly aborted: Aborted | undefined;
  readonly stop: Stop | undefined;
}

/** What an abort does: `late` is noted, and changes nothing any more. */
export function effectOfAbort(
  mode: Aborted['mode'],
  { phase, aborted, stop }: AbortedRun,
): 'nothing' | 'late' | 'abort' {
  // Said twice, or a halt after a rollback: the first word stands. A halt may become a rollback.
  if (aborted !== undefined && (aborted.mode === mode || mode === 'halt')) return 'nothing';
  // A way back isn't left half done, and an end is an end: neither takes another reason.
  if (phase === 'ended' || (phase === 'reverting' && stop?.restore === true)) return 'late';
  return 'abort';
}

/** What comes between, beside what stops the run already: what was to be taken back still is, unless something is adrift. */
export function haltBeside(halt: Halt, stop: Stop | undefined): Halt {
  return { ...halt, restore: halt.adrift === undefined && (halt.restore || stop?.restore === true) };
}
