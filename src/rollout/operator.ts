import type { LogEntry, Phase, Waiting } from './status.js';
import type { Aborted } from './stop.js';

/** The part of a run's state by which a message is judged. */
export interface OperatorState {
  readonly phase: Phase;
  readonly waiting: Waiting | null;
  /** The stage that waits to start, where one does. */
  readonly waitingStage?: string | undefined;
  readonly planHash?: string | undefined;
  readonly aborted?: Aborted | undefined;
}

export type OperatorMessage =
  | { readonly kind: 'pause' | 'resume' | 'skipBake' }
  | { readonly kind: 'approve' | 'reject'; readonly stage?: string | undefined; readonly planHash?: string | undefined }
  | { readonly kind: 'revert' }
  | { readonly kind: 'abort'; readonly mode: 'halt' | 'rollback' };

/** What an operator may let go on. */
const APPROVABLE: readonly Waiting['for'][] = ['approval', 'evidence', 'health', 'journal'];

/** Why a message makes no sense now, or undefined where it is accepted. One that changes nothing more is accepted too. */
export function refusal(message: OperatorMessage, state: OperatorState): string | undefined {
  const { phase, aborted } = state;
  if (phase === 'ended') return `The rollout has ended: there is nothing left to ${message.kind}.`;
  if (message.kind === 'abort') return refuseAbort(message.mode, state);
  if (aborted !== undefined) return `The rollout was aborted${by(aborted)}: ${message.kind} has no effect any more.`;
  if (phase === 'reverting')
    return `The rollout is being rolled back, which isn't held: ${message.kind} has no effect.`;
  switch (message.kind) {
    case 'approve':
    case 'reject':
      return refuseApproval(message, state);
    case 'skipBake':
      return state.waiting?.for === 'bake' ? undefined : 'No stage is baking now.';
    case 'revert':
      return phase === 'planning' ? 'Nothing has been changed yet: there is nothing to revert.' : undefined;
    case 'pause':
    case 'resume':
      return undefined;
    default:
      return message satisfies never;
  }
}

function refuseAbort(mode: 'halt' | 'rollback', { phase, aborted }: OperatorState): string | undefined {
  if (phase === 'reverting' && mode === 'halt') {
    return "The rollout is being rolled back, and a way back isn't left half done: wait until it has ended.";
  }
  if (aborted?.mode === 'rollback' && mode === 'halt') {
    return `The rollout was aborted with rollback${by(aborted)}: that can't become a halt.`;
  }
  return undefined;
}

/** Why a rollback can't be aborted now. */
export function refusalOfRollback(
  mode: 'halt' | 'rollback' | undefined,
  { phase }: Pick<OperatorState, 'phase'>,
): string | undefined {
  if (phase === 'ended') return 'The rollback has ended: there is nothing left to abort.';
  return mode === 'rollback' ? 'This is a rollback: what it has taken back stays back.' : undefined;
}

function refuseApproval(
  { stage, planHash }: Extract<OperatorMessage, { kind: 'approve' | 'reject' }>,
  { waiting, waitingStage, planHash: own }: OperatorState,
): string | undefined {
  if (waiting === null || !APPROVABLE.includes(waiting.for)) return 'Nothing waits for an approval now.';
  if (stage !== undefined && stage !== waitingStage)
    return `Stage "${waitingStage}" waits for an approval, not "${stage}".`;
  if (planHash !== undefined && planHash !== own) return `The plan of this run is ${own}, not ${planHash}.`;
  return undefined;
}

function by(entry: LogEntry): string {
  return entry.by === undefined ? '' : ` by ${entry.by}`;
}
