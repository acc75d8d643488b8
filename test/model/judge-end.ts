import type { Ended, RolloutResult } from '../../src/rollout/status.js';
import type { Execution } from './execution.js';
import type { Expecting, Judge } from './judge.js';

const TYPES: Readonly<Record<string, Ended>> = {
  RolloutRolledBack: 'rolled-back',
  RollbackIncomplete: 'rollback-incomplete',
  RolloutHalted: 'halted',
  RolloutAborted: 'aborted',
};

/** Holds how a rollout says that it has ended against how the fleet really stands. */
export function judgeEnd(judge: Judge, root: Execution, expecting: Expecting): void {
  const { end } = root;
  if (end?.how === 'failed' && !Object.hasOwn(TYPES, end.type)) {
    expecting(end.type, 'the end of one that never came to a plan').toBe('PlanFailed');
    expecting(judge.fleet.writes, 'writes without a plan').toEqual([]);
    return;
  }
  const result = resultOf(root);
  if (end?.how === 'cancelled') expecting(judge.isCancelled, 'cancelled').toBe(true);
  if (result === undefined) return;
  if (end?.how === 'completed') expecting(result.ended, 'the end of a completed workflow').toBe('completed');
  if (end?.how === 'failed') expecting(result.ended, 'the end of a failed workflow').toBe(TYPES[end.type]);
  judgeCounts(result, expecting);
  judgeMessages(judge, result, expecting);
  judgeBudget(judge, result, expecting);
  judgeFleet(judge, result, expecting);
  judgeWaysBack(judge, result.ended, expecting);
}

function resultOf({ end }: Execution): RolloutResult | undefined {
  const value = end?.how === 'completed' ? end.value : end?.how === 'failed' ? end.details : undefined;
  return isResult(value) ? value : undefined;
}

function isResult(value: unknown): value is RolloutResult {
  return typeof value === 'object' && value !== null && 'ended' in value && 'counts' in value;
}

function judgeCounts({ counts, stages }: RolloutResult, expecting: Expecting): void {
  for (const each of [counts, ...stages.map((stage) => stage.counts)]) {
    const { total, inFlight, ...kinds } = each;
    const sum = Object.values(kinds).reduce((all, count) => all + (count ?? 0), 0);
    expecting(inFlight, 'in flight at the end').toBe(0);
    expecting(sum, 'the sum of all counts').toBeLessThanOrEqual(total);
  }
}

function judgeMessages(
  { messages, isCancelled, scenario }: Judge,
  { ended, exceptions }: RolloutResult,
  expecting: Expecting,
): void {
  const accepted = messages.flatMap(({ message, answer }) => (answer?.accepted ? [message] : []));
  const isStopped = isCancelled || accepted.some(({ name }) => name === 'abort' || name === 'reject');
  if (isStopped) expecting(ended, 'the end of one that was stopped').not.toBe('completed');
  // An operator's revert is no failure, unless its message says so.
  if (!accepted.some(({ input }) => 'count' in input && input.count === true)) {
    const counted = exceptions.filter(({ outcome }) => outcome.startsWith('failed(operator)'));
    expecting(counted, 'failures by reverts that do not count').toEqual([]);
  }
  const goesBack = accepted.some(({ name, input }) => name === 'abort' && 'mode' in input && input.mode === 'rollback');
  if (goesBack)
    expecting(['rolled-back', 'rollback-incomplete'], 'the end of one that was to go back').toContain(ended);
  const mayGoBack =
    goesBack ||
    scenario.spec.failure?.revert === 'run' ||
    scenario.spec.stages?.some(({ approval }) => approval?.onTimeout === 'rollback');
  if (!mayGoBack) expecting(['completed', 'halted', 'aborted'], 'the end of one that never goes back').toContain(ended);
}

/** A run completes within its budget; and where nobody stopped it and nothing broke, only the budget ends it otherwise. */
function judgeBudget(judge: Judge, result: RolloutResult, expecting: Expecting): void {
  judge.learnSizes(result.stages);
  const isOver = isOverBudget(judge, result);
  if (result.ended === 'completed') expecting(isOver, 'a completed run is over its budget').toBe(false);
  const accepted = judge.messages.filter(({ answer }) => answer?.accepted).map(({ message }) => message.name);
  const hasCause =
    judge.isCancelled ||
    judge.isBlown ||
    accepted.includes('abort') ||
    accepted.includes('reject') ||
    /was not approved within|the last sweep failed/.test(result.reason ?? '');
  if (result.ended !== 'completed' && !hasCause) expecting(isOver, `over its budget: ${result.reason}`).toBe(true);
}

function isOverBudget(judge: Judge, { stages, exceptions }: RolloutResult): boolean {
  const stageOf = new Map(judge.applied.flatMap(({ stage, input }) => input.targets.map(({ arn }) => [arn, stage])));
  const failed = exceptions.filter(({ outcome }) => outcome.startsWith('failed'));
  const lastStage = stages.findLast(({ size }) => size > 0)?.name;
  const { maxTotal = Number.POSITIVE_INFINITY } = judge.scenario.spec.failure ?? {};
  if (failed.length > Number(maxTotal)) return true;
  return stages.some(({ name }) => {
    const isReverted = (outcome: string) => outcome.startsWith('failed(reverted)');
    const own = failed.filter(({ arn, outcome }) => stageOf.get(arn) === name && !isReverted(outcome));
    const late = name === lastStage ? failed.filter(({ outcome }) => isReverted(outcome)) : [];
    if (own.length + late.length > judge.allowedIn(name)) return true;
    const tried = judge.tally(name).attempted.size;
    const ownLate = late.filter(({ arn }) => stageOf.get(arn) === name);
    return tried > 0 && own.length + ownLate.length === tried;
  });
}

/** Nothing lost: every instance that was written to is as asked, back, or named with the reason. */
function judgeFleet(judge: Judge, { ended, exceptions, counts }: RolloutResult, expecting: Expecting): void {
  const { fleet } = judge;
  expecting(fleet.trampled, 'writes over a change made elsewhere').toEqual([]);
  const said = new Map(exceptions.map(({ arn, outcome }) => [arn, outcome]));
  const own = judge.scenario.fleet.filter(({ arn }) => fleet.wasWritten(arn) && !fleet.meddled.has(arn));
  for (const { arn, name } of own) {
    const outcome = said.get(arn);
    const isBack = fleet.isOriginal(arn);
    const wentBack = ended === 'rolled-back' || ended === 'rollback-incomplete';
    if (wentBack && outcome?.includes('restore-failed') !== true) expecting(isBack, `${name} is back`).toBe(true);
    if (!isBack) {
      const isHonest = outcome === undefined || /^failed|^changed|restore-failed/.test(outcome);
      expecting(isHonest, `${name} stands changed, and is said to be ${outcome}`).toBe(true);
    }
    if (outcome === undefined && !wentBack && ended === 'completed') {
      const wasReverted = judge.messages.some(({ message }) => message.name === 'revert');
      if (!wasReverted) expecting(isBack, `${name} is not named, and back`).toBe(false);
    }
  }
  if (ended === 'rolled-back') expecting(counts['restore-failed'] ?? 0, 'not restored').toBe(0);
  if (ended === 'rollback-incomplete') expecting(counts['restore-failed'] ?? 0, 'not restored').toBeGreaterThan(0);
}

/** Batches that take targets back have only what this run may have written, last changed first. */
function judgeWaysBack(judge: Judge, ended: Ended | undefined, expecting: Expecting): void {
  const applied = judge.applied.flatMap(({ input }) => input.targets);
  const position = new Map(applied.map(({ arn }, index) => [arn, index]));
  for (const { input, execution } of judge.batches.filter((batch) => batch.input.mode === 'restore')) {
    const order = input.targets.map(({ arn }) => position.get(arn) ?? -1);
    const { workflowId } = execution;
    expecting(order.includes(-1), `${workflowId} has a target that was never applied`).toBe(false);
    expecting(order, `the order of ${workflowId}`).toEqual(order.toSorted((a, b) => b - a));
  }
  const { revert } = judge.scenario.spec.failure ?? {};
  const isAskedFor = judge.messages.some(({ message }) => message.name === 'revert');
  if (revert === 'none' && !isAskedFor && (ended === 'completed' || ended === 'halted' || ended === 'aborted')) {
    const back = judge.fleet.writes.filter(({ by }) => by === 'restore');
    expecting(back, 'taken back, though nobody wants it').toEqual([]);
  }
}

/** After a rollback every instance that was written to is back, or named with the reason. */
export function judgeRollback(judge: Judge, root: Execution, expecting: Expecting): void {
  const result = resultOf(root);
  const { end } = root;
  if (end?.how === 'failed') expecting(end.type, 'the end of a rollback').toBe('RollbackIncomplete');
  const named = new Set(result?.exceptions.map(({ arn }) => arn));
  for (const { arn, name } of judge.written) {
    if (judge.fleet.meddled.has(arn)) continue;
    const isBack = judge.fleet.isOriginal(arn);
    expecting(isBack || named.has(arn), `${name} is back after the rollback, or named`).toBe(true);
    if (end?.how === 'completed') expecting(isBack, `${name} is back after a whole rollback`).toBe(true);
  }
  judgeWaysBack(judge, result?.ended, expecting);
}
