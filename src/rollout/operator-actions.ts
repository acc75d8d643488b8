import { type OperatorMessage, refusal, refusalOfRollback } from './operator.js';
import type { HoldReason, RolloutStatus } from './status.js';

/** An Update that a run would take now, as somebody sends it who has only the Temporal UI. */
export interface OperatorAction {
  readonly update: OperatorMessage['kind'];
  /** JSON to paste; all of it may be left out, but for what `revert` is to take back. */
  readonly input: string;
  readonly effect: string;
}

type Asked = Pick<RolloutStatus, 'phase' | 'stage' | 'waiting' | 'counts' | 'planHash' | 'paused' | 'aborted'>;

/** What an approval lets go on. */
const APPROVES: Partial<Record<HoldReason, string>> = {
  approval: 'lets the stage start',
  evidence: 'goes on, though the stage has changed nothing',
  health: 'goes on without these readings',
  journal: 'goes on without an undo file that is up to date',
};

const BY = '{ "by": "ann" }';
const SIGNED = '{ "by": "ann", "reason": "…" }';

/** What an operator can do with a rollout now, by the same rules that its validators have. */
export function actionsNow(status: Asked): OperatorAction[] {
  const { phase, stage, waiting, planHash, aborted, paused, counts } = status;
  const state = {
    phase,
    waiting,
    ...(stage !== undefined && { waitingStage: stage }),
    ...(planHash !== undefined && { planHash }),
    ...(aborted !== undefined && { aborted }),
  };
  const mayBeChanged = (counts.changed ?? 0) + counts.inFlight > 0;
  const all: readonly (readonly [OperatorMessage, boolean, string, string])[] = [
    [{ kind: 'approve' }, true, BY, APPROVES[waiting?.for ?? 'approval'] ?? 'goes on'],
    [{ kind: 'reject' }, true, SIGNED, 'halts the rollout, and leaves what is changed'],
    [{ kind: 'skipBake' }, true, BY, 'ends the bake'],
    [{ kind: 'resume' }, paused !== undefined, BY, 'ends the pause'],
    [{ kind: 'pause' }, paused === undefined, SIGNED, 'starts no new change until `resume`'],
    [{ kind: 'revert' }, mayBeChanged, '{ "names": ["web-7"], "by": "ann" }', 'takes these instances back now'],
    [
      { kind: 'abort', mode: 'halt' },
      aborted === undefined,
      SIGNED,
      'ends the rollout, and leaves what is changed; final',
    ],
    [
      { kind: 'abort', mode: 'rollback' },
      aborted?.mode !== 'rollback' && phase !== 'reverting' && mayBeChanged,
      '{ "mode": "rollback", "by": "ann" }',
      'ends the rollout, and takes everything back; final',
    ],
  ];
  return all.flatMap(([message, isOfUse, input, effect]) =>
    isOfUse && refusal(message, state) === undefined ? [{ update: message.kind, input, effect }] : [],
  );
}

/** The same for a rollback, which can only be aborted. */
export function rollbackActionsNow({ phase, aborted }: Pick<Asked, 'phase' | 'aborted'>): OperatorAction[] {
  if (aborted !== undefined || refusalOfRollback(undefined, { phase }) !== undefined) return [];
  return [{ update: 'abort', input: SIGNED, effect: 'takes nothing more back, and leaves the rest changed; final' }];
}
