import { shellName } from './shell.js';
import { countOf, type RolloutResult } from './status.js';

/** Where a run that has ended is found. */
export interface EndedRun {
  readonly workflowId: string;
  readonly runId: string;
  readonly isRollback: boolean;
}

/** How it ended, as far as that matters for what comes next. */
export interface EndFacts extends Pick<RolloutResult, 'ended' | 'rollbackUntil'> {
  /** Instances that may still be as the run has set them. */
  readonly left: number;
  /** Of those, the ones that could not be taken back. */
  readonly notRestored: number;
  /** A batch of an earlier run goes on beside it, so that nobody can say what is left. */
  readonly adrift?: true | undefined;
  /** A run before it was reset, and what that one has changed stands in no books of this one. */
  readonly wasReset?: boolean;
}

/**
 * What a person does next with a run that has ended, also one who has nothing but the Temporal UI; nothing where nothing
 * is left to do.
 *
 * @example nextSteps({ ended: 'halted', left: 3, notRestored: 0 }, run)
 * // ['3 instances may be left changed. To take them back: …', 'To go on instead: …']
 */
export function nextSteps(
  { ended, left, notRestored, rollbackUntil, adrift, wasReset }: EndFacts,
  run: EndedRun,
): string[] {
  if (run.isRollback) {
    const what = `${countOf(left, 'instance')} may still be changed.`;
    return left === 0 ? [] : [`${what} Mend the cause, then start the rollback again: what is back is left alone.`];
  }
  const back = takingBack(run, rollbackUntil);
  if (adrift) return [`Once that batch has ended, all of it can be taken back: ${back}`];
  if (notRestored > 0) return [`${countOf(notRestored, 'instance')} not taken back. Once the cause is mended: ${back}`];
  if (ended === 'completed') return [];
  if (left === 0 && wasReset) {
    const before = 'None of its changes stands, but it was reset: what was changed before that may.';
    return [`${before} To take that back too: ${back}`];
  }
  if (left === 0) return ['None of its changes stands. Mend the cause, then start the spec again.'];
  return [
    `${countOf(left, 'instance')} may be left changed. To take ${left === 1 ? 'it' : 'them'} back: ${back}`,
    'To go on instead: mend the cause, then start the spec again. What is done is left alone.',
  ];
}

function takingBack({ workflowId, runId }: EndedRun, rollbackUntil: string | undefined): string {
  const input = JSON.stringify({ rollouts: [{ workflowId, runId }] });
  const until = rollbackUntil === undefined ? '' : ` (possible until ${rollbackUntil})`;
  return `imds-rollout rollback ${shellName(workflowId)}, or start workflow imdsRollback on the same task queue with ${input}${until}.`;
}
