import type { ApplyInput } from '../../src/activities/index.js';
import { scopeKey, scopeOf } from '../../src/rollout/scope.js';
import type { ActivityTask } from './execution.js';
import type { Expecting, Judge } from './judge.js';
import { decode } from './temporal-protocol.js';

const HOUR = 3_600_000;

/** Holds the start of a change against all that has to be true before one may start. */
export function judgeStart(judge: Judge, task: ActivityTask, now: number, expecting: Expecting): void {
  const { target, followOnly } = changeOf(task);
  const isUnsaid = judge.unsaid.delete(target.arn);
  if (followOnly) return;
  expecting(isUnsaid, `${target.name} was begun anew, though it may have been written`).toBe(false);
  const stage = judge.stageOf(task);
  expecting(judge.isHeld, `held, when ${target.name} was begun`).toBe(false);
  const failed = judge.tally(stage).failed.size;
  expecting(failed, `failures in ${stage} when ${target.name} was begun`).toBeLessThanOrEqual(judge.allowedIn(stage));
  const { maxTotal } = judge.scenario.spec.failure ?? {};
  if (maxTotal !== undefined) expecting(judge.failedInRun, 'failures of the run').toBeLessThanOrEqual(Number(maxTotal));
  judgeGates(judge, stage, now, expecting);
}

/** Each approval so far has been given, and each stage before has had its bake, but for those that were skipped. */
function judgeGates(judge: Judge, stage: string, now: number, expecting: Expecting): void {
  const stages = judge.scenario.spec.stages ?? [];
  const index = stages.findIndex(({ name }) => name === stage);
  const begun = stages.slice(0, index + 1).filter(({ name }) => judge.applied.some((batch) => batch.stage === name));
  const gates = begun.filter(({ approval }) => approval !== undefined);
  expecting(judge.accepted('approve'), `approvals when ${stage} was begun`).toBeGreaterThanOrEqual(gates.length);
  const unbaked = begun
    .slice(0, -1)
    .filter(({ name, bake }) => bake === '1h' && judge.hasStanding(name) && now < judge.tally(name).lastAt + HOUR);
  expecting(unbaked.length, `bakes cut short when ${stage} was begun`).toBeLessThanOrEqual(judge.accepted('skipBake'));
}

/** Never more changes at once than the spec allows, in all and in one account and region; and never two of one target. */
export function judgeCrowd(
  judge: Judge,
  task: ActivityTask,
  open: readonly ActivityTask[],
  expecting: Expecting,
): void {
  const { concurrency, rollback } = judge.scenario.spec;
  const general = typeof concurrency === 'object' ? concurrency : {};
  const own = open.filter(({ execution, type }) => execution === task.execution && isChange(type));
  const isBatch = judge.applied.some(({ execution }) => execution === task.execution);
  const total = Number(isBatch ? general.total : rollback?.concurrency);
  const scopeOfTask = (each: ActivityTask) => scopeKey(scopeOf(changeOf(each).target.arn));
  const inScope = own.filter((each) => scopeOfTask(each) === scopeOfTask(task));
  expecting(own.length, `in flight in ${task.execution.workflowId}`).toBeLessThanOrEqual(total);
  expecting(inScope.length, `in flight in ${scopeOfTask(task)}`).toBeLessThanOrEqual(Number(general.perScope));
  const { arn } = changeOf(task).target;
  const twice = open.filter((each) => each !== task && isChange(each.type) && changeOf(each).target.arn === arn);
  expecting(twice.map(describeTask), 'beside another change of the same target').toEqual([]);
}

export function changeOf(task: ActivityTask): ApplyInput {
  const input = decode<ApplyInput>(task.input);
  if (input === undefined) throw new Error(`${task.type} has no input`);
  return input;
}

export function isChange(type: string): boolean {
  return type === 'lightsailImdsApply' || type === 'lightsailImdsRestore';
}

export function describeTask(task: ActivityTask): string {
  return `${task.type}${isChange(task.type) ? ` ${changeOf(task).target.name}` : ''} of ${task.execution.workflowId}`;
}
