import type { RolloutBounds } from '../rollout/bounds.js';
import { allowedFailures } from '../rollout/budget.js';
import { addChecksum } from '../rollout/checksum.js';
import { describeOutcome } from '../rollout/outcome.js';
import { countTargets, type Plan, type SettledInstance } from '../rollout/plan.js';
import { scopeOf } from '../rollout/scope.js';
import type { RolloutSpec } from '../rollout/spec.js';
import { PLAN_FORMAT, type PlanJson } from './json/plan.js';

/** A plan as `--json` prints it and `-o` keeps it. */
export function describePlan({ name, failure }: RolloutSpec, plan: Plan, bounds: RolloutBounds): PlanJson {
  const having = (kind: SettledInstance['outcome']['kind']) =>
    plan.settled.filter(({ outcome }) => outcome.kind === kind).length;
  const changes = countTargets(plan);
  const shares = sharesByEnd(plan);
  return addChecksum({
    format: PLAN_FORMAT,
    name,
    specHash: plan.specHash,
    hash: plan.hash,
    bounds,
    counts: {
      instances: changes + plan.settled.length,
      changes,
      compliant: having('compliant'),
      skipped: having('skipped'),
      blocked: having('blocked'),
    },
    failure: { maxTotal: failure.maxTotal ?? null, revert: failure.revert },
    stages: plan.stages.map((stage, index) => ({
      name: stage.name,
      bakeMs: stage.bake,
      concurrency: stage.concurrency,
      needsApproval: stage.approval !== undefined,
      shareByEnd: shares[index] ?? 0,
      mayFail: allowedFailures(failure, stage.targets.length),
      targets: stage.targets.map(({ arn, name, before, desired, stopped }) => ({
        ...locateArn(arn, name),
        before,
        desired,
        ...(stopped && { stopped }),
      })),
    })),
    settled: plan.settled.map(({ arn, name, outcome, detail }) => ({
      ...locateArn(arn, name),
      outcome: describeOutcome(outcome),
      ...(detail !== undefined && { detail }),
    })),
    allowed: plan.allowed.map(({ arn, name, detail }) => ({ ...locateArn(arn, name), detail })),
    uncovered: plan.uncovered.map(({ key, values, count }) => ({ key, values: [...values], count })),
    warnings: [...plan.warnings],
  });
}

/** Of each stage, the share of all changes (0 to 1) that are made by its end. */
export function sharesByEnd(plan: Pick<Plan, 'stages'>): number[] {
  const all = countTargets(plan);
  let done = 0;
  return plan.stages.map(({ targets }) => {
    done += targets.length;
    return all === 0 ? 0 : done / all;
  });
}

function locateArn(arn: string, name: string) {
  return { ...scopeOf(arn), name, arn };
}
