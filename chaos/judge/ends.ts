import { cutsOff, type MessageSent, type RunRecord } from '../evidence.js';
import { type Case, ownChanges } from './case.js';

/** Ends that say what has happened, leases that are free, histories without a failed task or a secret. */
export function judgeEnds(of: Case): string[] {
  return [
    ...of.evidence.runs.flatMap((run) => judgeEnd(of, run)),
    ...judgeCause(of),
    ...judgeSweep(of),
    ...judgeLeases(of),
    ...judgeHistories(of),
  ];
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

/** What goes back, goes back for a failure, for an abort, or for an approval that nobody gave. */
function judgeCause({ evidence, rollout }: Case): string[] {
  const { outcome, report, workflowId } = rollout;
  if (outcome.status === 'completed' || outcome.type !== 'RolloutRolledBack') return [];
  const hasFailed = report.instances.some((row) => row.outcome.startsWith('failed('));
  const isUnapproved = evidence.script.spec.stages?.some(({ approval }) => approval?.onTimeout === 'rollback');
  if (hasFailed || isUnapproved || wasSaid(evidence.messages, workflowId, 'abort (rollback)')) return [];
  return [`${workflowId} was rolled back without a cause: ${outcome.message}`];
}

/** What completes has listed each scope once more after its last change there. */
function judgeSweep(of: Case): string[] {
  const { evidence, rollout } = of;
  if (rollout.outcome.status !== 'completed' || (rollout.report.rollout?.earlierRuns.length ?? 0) > 0) return [];
  const lastChange = new Map(ownChanges(of).map(({ region, position }) => [region, position]));
  return [...lastChange].flatMap(([region, position]) => {
    const later = evidence.calls.slice(position + 1, rollout.to);
    const wasSwept = later.some((call) => call.operation === 'GetInstances' && call.region === region);
    return wasSwept ? [] : [`${rollout.workflowId} completed without a last look at ${region}`];
  });
}

/** A run gives its leases back; after one that was cut off the next one frees them, where that has anything to do. */
function judgeLeases({ evidence }: Case): string[] {
  const { before, after } = evidence.leases;
  const cutOff = evidence.messages.filter(cutsOff);
  const kept = before.filter(
    ({ to, holder }) => to === undefined && !cutOff.some(({ workflowId }) => workflowId === holder),
  );
  const inhabited = new Set(evidence.after.map(({ region }) => region));
  const stuck = after.filter(({ region, to }) => to === undefined && inhabited.has(region));
  return [
    ...kept.map(({ region, holder }) => `${holder} has kept the lease of ${region}`),
    ...stuck.map(({ region, holder }) => `the lease of ${region} can't be had after ${holder}`),
  ];
}

function judgeHistories({ evidence }: Case): string[] {
  return evidence.workflows.flatMap(({ workflowId, taskFailures, holdsSecret }) => [
    ...new Set(taskFailures.map((failure) => `a workflow task of ${workflowId} failed: ${failure}`)),
    ...(holdsSecret ? [`the history of ${workflowId} holds a secret`] : []),
  ]);
}
