import { allowedFailures } from './budget.js';
import type { Ledger } from './ledger.js';
import type { Plan } from './plan.js';
import type { RolloutSpec } from './spec.js';
import {
  type Coverage,
  type LogEntry,
  type Phase,
  type RolloutStatus,
  type StageStatus,
  summarizeEvidence,
  type Waiting,
} from './status.js';
import type { Aborted } from './stop.js';
import { goalOf, titleOf } from './title.js';

/** What a run knows of itself; plan and books are missing until it has planned. */
export interface RunPicture {
  readonly name: string;
  readonly phase: Phase;
  /** Index of the stage that is applied or baked. */
  readonly stage: number | undefined;
  readonly waiting: Waiting | null;
  /** Missing for a rollback, which has none. */
  readonly spec: Pick<RolloutSpec, 'failure' | 'options' | 'overrides'> | undefined;
  readonly plan: Plan | undefined;
  readonly ledger: Ledger | undefined;
  readonly tripped: string | undefined;
  readonly unreadable: string | undefined;
  readonly journal: string | undefined;
  readonly paused: LogEntry | undefined;
  readonly aborted: Aborted | undefined;
  readonly rollbackUntil: string | undefined;
  /** What the last sweep has found, where one was made. */
  readonly coverage: Coverage | undefined;
  readonly isRollback: boolean;
  /** Of the run, beside those of the plan. */
  readonly warnings: readonly string[];
  readonly log: readonly LogEntry[];
}

/** The answer of the `status` query. */
export function statusOf(run: RunPicture): RolloutStatus {
  const { plan, ledger, tripped, unreadable, journal, paused, aborted, rollbackUntil } = run;
  const stage = run.stage === undefined ? undefined : plan?.stages[run.stage];
  const policy = run.spec?.failure;
  const failures = ledger?.lastFailures() ?? [];
  return {
    name: run.name,
    title: titleOfRun(run),
    phase: run.phase,
    ...(stage !== undefined && { stage: stage.name }),
    waiting: run.waiting,
    counts: ledger?.counts() ?? { total: 0, inFlight: 0 },
    stages: stageStatuses(plan, ledger),
    budget: {
      failed: ledger?.tallies().reduce((sum, tally) => sum + tally.failed, 0) ?? 0,
      ...(stage !== undefined &&
        policy !== undefined && { allowedInStage: allowedFailures(policy, stage.targets.length) }),
      ...(policy?.maxTotal !== undefined && { maxTotal: policy.maxTotal }),
      ...(tripped !== undefined && { tripped }),
    },
    ...(unreadable !== undefined && { unreadable }),
    ...(journal !== undefined && { journal }),
    ...summarizeEvidence(ledger?.allowed() ?? []),
    ...(plan !== undefined && { planHash: plan.hash, warnings: [...run.warnings, ...plan.warnings] }),
    ...(paused !== undefined && { paused }),
    ...(aborted !== undefined && { aborted }),
    ...(rollbackUntil !== undefined && { rollbackUntil }),
    ...(failures.length > 0 && { failures }),
    log: [...run.log],
  };
}

/** @see titleOf */
export function titleOfRun(
  run: Pick<RunPicture, 'spec' | 'plan' | 'ledger' | 'coverage' | 'isRollback' | 'phase'>,
): string {
  const { spec, plan, ledger, coverage, isRollback, phase } = run;
  // One that is aborted before it has planned has an empty plan.
  if (ledger === undefined || plan === undefined || plan.hash === '') {
    if (phase === 'ended') return isRollback ? 'nothing was taken back' : 'no plan was made, nothing was changed';
    return isRollback ? 'reads what was changed' : 'reads the fleet, nothing is changed yet';
  }
  return titleOf({
    counts: ledger.counts(),
    ...(spec !== undefined && { goal: goalOf(spec) }),
    waived: ledger.waived,
    newSincePlan: coverage?.newSincePlan ?? 0,
  });
}

function stageStatuses(plan: Plan | undefined, ledger: Ledger | undefined): StageStatus[] {
  return (plan?.stages ?? []).map(({ name, targets }, index) => ({
    name,
    size: targets.length,
    counts: ledger?.stageCounts(index) ?? { total: targets.length, inFlight: 0 },
  }));
}
