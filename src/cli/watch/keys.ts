import { type OperatorState, refusal, refusalOfRollback } from '../../rollout/operator.js';
import type { RolloutStatus } from '../../rollout/status.js';
import type { RunKind } from '../find-rollout.js';

/** What an operator means to send, as it was when the key was pressed. */
export type Intent =
  | { readonly kind: 'pause' | 'resume' | 'skipBake' }
  | { readonly kind: 'approve'; readonly stage?: string; readonly planHash?: string }
  | { readonly kind: 'abort'; readonly mode: 'halt' | 'rollback' };

export type AbortMode = Extract<Intent, { kind: 'abort' }>['mode'];

/** A key that does something now. */
export interface OfferedKey {
  readonly key: 'p' | 'r' | 'a' | 's' | 'x' | 'q';
  /** Missing where it leaves the command: what that means depends on the command. */
  readonly label?: string;
  /** What it would send, one of these; leaving sends nothing. */
  readonly intents: readonly Intent[];
}

const LEAVE: OfferedKey = { key: 'q', intents: [] };

/**
 * The keys that make sense now, by the same rules by which the rollout itself takes a message or refuses it.
 *
 * @param status - undefined while nothing is known of it: then there is nothing but to leave
 */
export function offeredKeys(status: RolloutStatus | undefined, kind: RunKind): readonly OfferedKey[] {
  if (status === undefined) return [LEAVE];
  const aborts = (['halt', 'rollback'] as const).filter((mode) => mayAbort(status, kind, mode));
  const abort: OfferedKey = { key: 'x', label: 'abort', intents: aborts.map((mode) => ({ kind: 'abort', mode })) };
  const held = kind === 'rollback' ? [] : heldKeys(status);
  return [...held, ...(abort.intents.length > 0 ? [abort] : []), LEAVE];
}

function heldKeys(status: RolloutStatus): OfferedKey[] {
  const { paused, stage, planHash } = status;
  const state = operatorState(status);
  const isTaken = (message: Parameters<typeof refusal>[0]) => refusal(message, state) === undefined;
  const offers: OfferedKey[] = [];
  if (isTaken({ kind: 'approve' })) {
    const meant = { ...(stage !== undefined && { stage }), ...(planHash !== undefined && { planHash }) };
    offers.push({ key: 'a', label: 'approve', intents: [{ kind: 'approve', ...meant }] });
  }
  if (isTaken({ kind: 'skipBake' })) offers.push({ key: 's', label: 'skip bake', intents: [{ kind: 'skipBake' }] });
  if (paused === undefined) {
    if (isTaken({ kind: 'pause' })) offers.push({ key: 'p', label: 'pause', intents: [{ kind: 'pause' }] });
  } else if (isTaken({ kind: 'resume' })) {
    offers.push({ key: 'r', label: 'resume', intents: [{ kind: 'resume' }] });
  }
  return offers;
}

/** Also where it is refused nothing, a second abort of the same kind changes nothing. */
function mayAbort(status: RolloutStatus, kind: RunKind, mode: AbortMode): boolean {
  const { aborted, phase } = status;
  if (kind === 'rollback') return aborted === undefined && refusalOfRollback(mode, status) === undefined;
  if (aborted?.mode === mode || phase === 'reverting') return false;
  return refusal({ kind: 'abort', mode }, operatorState(status)) === undefined;
}

function operatorState({ phase, waiting, stage, planHash, aborted }: RolloutStatus): OperatorState {
  return {
    phase,
    waiting,
    ...(stage !== undefined && { waitingStage: stage }),
    ...(planHash !== undefined && { planHash }),
    ...(aborted !== undefined && { aborted }),
  };
}
