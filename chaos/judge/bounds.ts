import type { ReportInstance } from '../../src/client/index.js';
import { RESTORE_STAGE } from '../../src/rollout/spec-schema.js';
import type { StageStatus } from '../../src/rollout/status.js';
import type { WorkflowRecord } from '../evidence.js';
import type { Script } from '../script/index.js';
import { type Case, leadsThere, ownPlan } from './case.js';

/** How many at once, and how many failures. */
export function judgeBounds(of: Case): string[] {
  return [...judgeInChange(of), ...judgeBudget(of), ...judgeOrder(of)];
}

function concurrencyOf({ spec }: Script): { readonly total: number; readonly perScope: number } {
  const { concurrency = 10, stages = [] } = spec;
  const { total = 10, perScope = Number.POSITIVE_INFINITY } =
    typeof concurrency === 'number' ? { total: concurrency } : concurrency;
  // A stage may ask for more than the rollout does.
  return { total: Math.max(total, ...stages.map((stage) => stage.concurrency ?? 0)), perScope };
}

/** Of a rival, by its default. */
const RIVALS = 10;

/** What goes back while the rollout goes on comes on top. */
function judgeInChange(of: Case): string[] {
  const { evidence, writes, rivals } = of;
  const { script, peak } = evidence;
  const { total, perScope } = concurrencyOf(script);
  const isBack = writes.some((write) => {
    const plan = ownPlan(of, write);
    return plan !== undefined && !leadsThere(write, plan);
  });
  const more = (isBack ? (script.spec.rollback?.concurrency ?? 20) : 0) + rivals.length * RIVALS;
  const problems: string[] = [];
  if (peak.total > total + more) problems.push(`${peak.total} instances were in change at once, of ${total + more}`);
  if (peak.perScope > perScope + more)
    problems.push(`${peak.perScope} instances of a region were in change at once, of ${perScope + more}`);
  return problems;
}

/**
 * A failure for a cause that stops before the next change: what was in flight by then may fail as well. What was in a
 * batch of which a reset has lost sight is another matter.
 */
const AT_APPLY = /^failed\((api-error|deadline)\)/;

function judgeBudget({ evidence, rollout }: Case): string[] {
  const { failure = {} } = evidence.script.spec;
  const { stages, instances } = rollout.report;
  const { total } = concurrencyOf(evidence.script);
  const isCompleted = rollout.outcome.status === 'completed';
  const failures = instances.filter(({ outcome }) => outcome.startsWith('failed('));
  // What the last sweep finds gone back counts to the stage that is under way by then.
  const last = stages.findLast(({ size }) => size > 0)?.name;
  const stageOf = ({ outcome, stage }: ReportInstance) => (outcome === 'failed(reverted)' ? last : stage);
  const problems = stages.flatMap((stage) => {
    const allowed = allowedIn(stage, failure.max ?? 0);
    const failed = failures.filter((row) => stageOf(row) === stage.name);
    const atApply = failed.filter(({ outcome }) => AT_APPLY.test(outcome)).length;
    if (isCompleted && failed.length > allowed)
      return [`it completed with ${failed.length} failures in ${stage.name}, of ${allowed} allowed`];
    return atApply > allowed + total
      ? [`${atApply} targets of ${stage.name} failed at their change, of ${allowed} allowed and ${total} in flight`]
      : [];
  });
  if (isCompleted && failure.maxTotal !== undefined && failures.length > failure.maxTotal)
    problems.push(`it completed with ${failures.length} failures, of ${failure.maxTotal} allowed`);
  return problems;
}

/** Reckoned anew from the contract: a count, or a share of the stage rounded down. */
function allowedIn({ size }: Pick<StageStatus, 'size'>, max: number | string): number {
  const text = String(max);
  return text.endsWith('%') ? Math.floor((size * Number(text.slice(0, -1))) / 100) : Number(text);
}

/**
 * A way back takes later stages first; with a bound for each region, it does so in each of them. A run that was reset has
 * had plans of its own, with other stages.
 */
function judgeOrder({ evidence, rollout }: Case): string[] {
  if (evidence.messages.some(({ what, accepted }) => what === 'reset' && accepted)) return [];
  const { stages, instances } = rollout.report;
  const placeOf = new Map(
    instances.map(({ arn, region, stage }) => [arn, { region, index: stages.findIndex(({ name }) => name === stage) }]),
  );
  const isAnywhere = !Number.isFinite(concurrencyOf(evidence.script).perScope);
  return evidence.workflows.filter(isWayBack).flatMap(({ workflowId, begun }) => {
    const places = begun.flatMap(({ arn }) => placeOf.get(arn) ?? []);
    const early = places.find(({ region, index }, turn) =>
      places.slice(turn + 1).some((later) => later.index > index && (isAnywhere || later.region === region)),
    );
    return early === undefined ? [] : [`${workflowId} took ${stages[early.index]?.name} back before a later stage`];
  });
}

/** A batch that does nothing else. */
function isWayBack({ workflowId }: WorkflowRecord): boolean {
  return workflowId.includes(`/${RESTORE_STAGE}/`);
}
