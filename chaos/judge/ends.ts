import type { MessageSent, RunRecord } from '../evidence.js';
import type { Case } from './case.js';

/** Ends that say what has happened, leases that are free, histories without a failed task or a secret. */
export function judgeEnds(of: Case): string[] {
  return [...of.evidence.runs.flatMap((run) => judgeEnd(of, run)), ...judgeLeases(of), ...judgeHistories(of)];
}

const ENDS: Record<RunRecord['kind'], readonly string[]> = {
  rollout: [
    'RolloutRolledBack',
    'RolloutHalted',
    'RolloutAborted',
    'RollbackIncomplete',
    'PlanFailed',
    'ScopeBusy',
    'Cancelled',
    'Terminated',
  ],
  rival: ['RolloutHalted', 'RollbackIncomplete', 'PlanFailed', 'ScopeBusy'],
  heir: ['RolloutHalted', 'RollbackIncomplete'],
  rollback: ['RollbackIncomplete', 'NothingToRollBack', 'ScopeBusy', 'RolloutAborted', 'RolloutHalted'],
};

const WORDS: Partial<Record<string, string>> = {
  RolloutRolledBack: 'rolled-back',
  RolloutHalted: 'halted',
  RolloutAborted: 'aborted',
  RollbackIncomplete: 'rollback-incomplete',
};

function judgeEnd({ evidence }: Case, { kind, workflowId, outcome }: RunRecord): string[] {
  const { result } = outcome;
  if (outcome.status === 'completed') {
    const wanted = kind === 'rollback' ? 'rolled-back' : 'completed';
    return outcome.result.ended === wanted ? [] : [`${workflowId} completed as ${outcome.result.ended}`];
  }
  const { type, message } = outcome;
  const problems: string[] = [];
  if (!ENDS[kind].includes(type)) problems.push(`ended as ${type}`);
  if (message.length < 10 && type !== 'Cancelled' && type !== 'Terminated')
    problems.push(`says no more than "${message}"`);
  if (result !== undefined && WORDS[type] !== undefined && result.ended !== WORDS[type])
    problems.push(`ended as ${type}, and its result as ${result.ended}`);
  const said = (what: string) => wasSaid(evidence.messages, workflowId, what);
  if (type === 'Cancelled' && !said('cancel')) problems.push('ended as Cancelled, though nobody cancelled it');
  if (type === 'Terminated' && !said('terminate') && !said('reset'))
    problems.push('ended as Terminated, though nobody terminated it');
  if (type === 'RolloutAborted' && !said('abort')) problems.push('ended as RolloutAborted, though nobody aborted it');
  return problems.map((problem) => `${workflowId} ${problem}: ${message}`);
}

function wasSaid(messages: readonly MessageSent[], workflowId: string, what: string): boolean {
  return messages.some(
    (message) => message.accepted && message.workflowId === workflowId && message.what.startsWith(what),
  );
}

/** After a run that was cut off the next one frees its lease, where there is anything to do in that region. */
function judgeLeases({ evidence }: Case): string[] {
  const inhabited = new Set(evidence.after.map(({ region }) => region));
  return evidence.leases
    .filter(({ region, to }) => to === undefined && inhabited.has(region))
    .map(({ region, holder }) => `the lease of ${region} is still held by ${holder}`);
}

function judgeHistories({ evidence }: Case): string[] {
  return evidence.workflows.flatMap(({ workflowId, taskFailures, holdsSecret }) => [
    ...new Set(taskFailures.map((failure) => `a workflow task of ${workflowId} failed: ${failure}`)),
    ...(holdsSecret ? [`the history of ${workflowId} holds a secret`] : []),
  ]);
}
