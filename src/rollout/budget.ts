import { shareOf } from './size.js';
import type { RolloutSpec } from './spec.js';

/** The failures that matter to the budget. */
export interface StageTally {
  readonly name: string;
  /** Targets that the plan gave to the stage. */
  readonly size: number;
  /** Targets of the stage that have been changed or have failed; skipped, blocked and compliant ones proved nothing. */
  readonly attempted: number;
  /** Failures that count to the stage, `late` ones included. */
  readonly failed: number;
  /** Of those, targets of earlier stages that the last sweep found reverted: they say nothing of the stage's own. */
  readonly late: number;
  /** Nothing of the stage is waiting or in flight. */
  readonly finished: boolean;
}

type FailurePolicy = RolloutSpec['failure'];

/** How many targets of a stage may fail: a count, or a percentage of the stage's size rounded down. */
export function allowedFailures(policy: FailurePolicy, stageSize: number): number {
  return 'count' in policy.max ? policy.max.count : Math.floor(shareOf(stageSize, policy.max.percent));
}

/**
 * How many more targets of a stage may fail before the rollout stops; negative once it has to.
 * The batch that runs the stage stops by itself when it has counted more than this.
 */
export function failuresLeft(policy: FailurePolicy, stage: StageTally, failedInRun: number): number {
  const inStage = allowedFailures(policy, stage.size) - stage.failed;
  return policy.maxTotal === undefined ? inStage : Math.min(inStage, policy.maxTotal - failedInRun);
}

/**
 * Why the rollout has to stop, or undefined while the budget holds: more failures in a stage than `max`, more in the
 * run than `maxTotal`, or a finished stage in which every attempted target failed.
 */
export function budgetTrip(policy: FailurePolicy, stages: readonly StageTally[]): string | undefined {
  for (const stage of stages) {
    const allowed = allowedFailures(policy, stage.size);
    if (stage.failed > allowed) {
      return `${stage.failed} of ${stage.size} targets of stage "${stage.name}" failed, ${allowed} may`;
    }
    if (stage.finished && stage.attempted > 0 && stage.failed - stage.late === stage.attempted) {
      return `every attempted target of stage "${stage.name}" failed (${stage.attempted})`;
    }
  }
  const failed = stages.reduce((sum, stage) => sum + stage.failed, 0);
  if (policy.maxTotal !== undefined && failed > policy.maxTotal) {
    return `${failed} targets of the run failed, ${policy.maxTotal} may`;
  }
  return undefined;
}

/** A sized stage that had targets and changed none proves nothing about the next one. */
export function provedNothing(stage: {
  readonly size: number;
  readonly changed: number;
  readonly isLast: boolean;
}): boolean {
  return !stage.isLast && stage.size > 0 && stage.changed === 0;
}
