import { ApplicationFailure, CancelledFailure, workflowInfo } from '@temporalio/workflow';
import { cleanLine } from '../rollout/clean.js';
import { messageOf } from '../rollout/error-message.js';
import { failureLine } from '../rollout/last-failures.js';
import type { Ledger } from '../rollout/ledger.js';
import { nextSteps } from '../rollout/next-steps.js';
import type { Plan } from '../rollout/plan.js';
import { cutExceptions, type Ended, type RolloutResult, summarizeEvidence } from '../rollout/status.js';
import { now } from './clock.js';
import { countRun, endOfFailure } from './metrics.js';
import type { RunState } from './run-state.js';

/** The stable type of the failure that stands for each end but `completed`. */
const FAILURE_TYPES = {
  'rolled-back': 'RolloutRolledBack',
  'rollback-incomplete': 'RollbackIncomplete',
  halted: 'RolloutHalted',
  aborted: 'RolloutAborted',
} as const satisfies Record<Exclude<Ended, 'completed'>, string>;

/** Carries a run out, and counts and tells how it has ended, whichever way that is. */
export async function closing(state: RunState, run: () => Promise<RolloutResult>): Promise<RolloutResult> {
  let what = '';
  try {
    const result = await run();
    what = `${SAYS[result.ended].toLowerCase()}: ${result.title}`;
    countRun(result.ended);
    return result;
  } catch (error) {
    what = messageOf(error);
    countRun(endOfFailure(error));
    // One that has come to its end says itself what is left to do.
    if (state.end === undefined) [state.end, ...state.next] = what.split('\n');
    throw error;
  } finally {
    state.enter('ended');
    state.notifier?.tell('ended', { what });
    await state.notifier?.drained();
  }
}

/** Ends the run: with its result where it completed, and with a failure that stands alone where it did not. */
export function conclude(state: RunState, plan: Plan, ledger: Ledger): RolloutResult {
  // From here on nothing can be decided any more, though leases are still to be given back: messages are refused.
  state.endedAt = now();
  state.enter('ended');
  const { stop, rollbackUntil, journal, isRollback } = state;
  const ended = endOf(state, ledger);
  const result: RolloutResult = {
    ended,
    title: state.title,
    ...(stop !== undefined && { reason: stop.reason }),
    counts: ledger.counts(),
    stages: state.status().stages,
    ...cutExceptions(ledger.exceptions()),
    ...summarizeEvidence(ledger.allowed().filter(({ arn }) => ledger.resultOf(arn)?.wrote === true)),
    ...(state.warnings.length > 0 && { warnings: [...state.warnings] }),
    ...(journal !== undefined && { journal }),
    ...(state.coverage !== undefined && { coverage: state.coverage }),
    downgraded: ledger.downgraded(),
    planHash: plan.hash,
    ...(rollbackUntil !== undefined && { rollbackUntil }),
  };
  const { workflowId, runId, originalExecutionRunId } = workflowInfo();
  const notRestored = ledger.restoreFailures();
  const wasReset = runId !== originalExecutionRunId;
  const facts = { ...result, left: ledger.left(), notRestored, adrift: state.halted?.adrift, wasReset };
  state.end = describeEnd(result);
  state.next = nextSteps(facts, { workflowId, runId, isRollback });
  state.show();
  if (ended === 'completed' || (ended === 'rolled-back' && state.isRollback)) return result;
  if (state.cancelled && ended === 'aborted') throw new CancelledFailure(message(result, state.next, plan, ledger));
  throw ApplicationFailure.create({
    type: FAILURE_TYPES[ended],
    message: message(result, state.next, plan, ledger),
    nonRetryable: true,
    details: [result],
  });
}

function endOf({ stop, isRollback }: RunState, ledger: Ledger): Ended {
  if (stop === undefined && !isRollback) return 'completed';
  if (stop === undefined || stop.restore) return ledger.restoreFailures() > 0 ? 'rollback-incomplete' : 'rolled-back';
  return stop.kind === 'aborted' ? 'aborted' : 'halted';
}

const SAYS = {
  completed: 'Completed',
  'rolled-back': 'Rolled back',
  'rollback-incomplete': 'Rolled back, but not wholly',
  halted: 'Halted',
  aborted: 'Aborted',
} as const satisfies Record<Ended, string>;

/** @example describeEnd({ ended: 'aborted', reason: 'aborted by ann' }) // 'Aborted by ann' */
function describeEnd({ ended, reason }: { readonly ended: Ended; readonly reason?: string | undefined }): string {
  const says = SAYS[ended];
  if (reason === undefined) return says;
  return reason.startsWith(says.toLowerCase()) ? `${says}${reason.slice(says.length)}` : `${says}: ${reason}`;
}

const SHOWN_FAILURES = 3;

/** Stands alone in a list of failures: how the run stands and why, which targets failed, and what to do next. */
function message({ ended, reason, title }: RolloutResult, next: readonly string[], plan: Plan, ledger: Ledger): string {
  const failures = plan.stages
    .flatMap((stage) => stage.targets)
    .flatMap((target) => {
      const result = ledger.resultOf(target.arn);
      return result?.outcome.kind === 'failed' || result?.restore?.outcome.kind === 'restore-failed'
        ? [failureLine(target, result)]
        : [];
    });
  const shown = failures.slice(0, SHOWN_FAILURES);
  const more = failures.length - shown.length;
  const lines = [
    `${title}. ${describeEnd({ ended, reason })}.`,
    ...shown,
    ...(more > 0 ? [`and ${more} more`] : []),
    ...next,
  ];
  // A reason may have lines of its own, which would look like ours.
  return lines.map(cleanLine).join('\n');
}
