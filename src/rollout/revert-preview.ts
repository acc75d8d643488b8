import { allowedFailures, budgetTrip } from './budget.js';
import type { Ledger } from './ledger.js';
import { type MetadataOptions, restoreOptions } from './options.js';
import type { Plan } from './plan.js';
import { concerns } from './revert.js';
import type { RolloutSpec } from './spec.js';
import { type Target, targetLabel } from './target.js';

/** What a revert does to a target: nothing where it is restored already, or being restored. */
export type RevertEffect = 'goes-back' | 'in-running-batch' | 'nothing';

/** A target that a revert names. */
export interface RevertedTarget {
  /** `region/name` */
  readonly name: string;
  readonly arn: string;
  readonly stage: string;
  /** One of the running batch goes back once its change has ended; where its turn hasn't come, it isn't changed at all. */
  readonly effect: RevertEffect;
  /** The fields that the rollout sets. */
  readonly now: MetadataOptions;
  /** Their values afterwards. */
  readonly back: MetadataOptions;
}

/** What a revert would do, were it sent now. */
export interface RevertPreview {
  /** In the order of the plan, at most 50; `targetsLeftOut` counts the others. */
  readonly targets: readonly RevertedTarget[];
  readonly targetsLeftOut?: number;
  /** Targets that a revert changes something for. */
  readonly affected: number;
  /** How many failures it adds to the budget: none unless `count` is set. Of the running batch, the most that there can be. */
  readonly failures: number;
  /** The budget of the stages that these count to, with them. */
  readonly budget: readonly { readonly stage: string; readonly failed: number; readonly allowed: number }[];
  /** Why the rollout then stops, and what goes back (`failure.revert`); missing where it goes on. */
  readonly stops?: { readonly reason: string; readonly revert: RolloutSpec['failure']['revert'] };
}

const MAX_SHOWN = 50;

/** What is known of a run, as far as it matters to a preview. */
export interface RevertedRun {
  readonly plan: Pick<Plan, 'stages'>;
  readonly ledger: Pick<Ledger, 'resultOf' | 'tallies'>;
  readonly spec: Pick<RolloutSpec, 'failure' | 'rollback'>;
  /** Whether a revert of this target hasn't been ordered yet, or has come to nothing. */
  readonly isNew: (arn: string) => boolean;
}

/**
 * What a revert of these would do, by the same rules by which it is carried out.
 *
 * @param chosen - as `selectForRevert` has taken them
 */
export function previewRevert(
  chosen: readonly Target[],
  count: boolean,
  { plan, ledger, spec, isNew }: RevertedRun,
): RevertPreview {
  const isChosen = new Set(chosen.map(({ arn }) => arn));
  const named = plan.stages.flatMap(({ name: stage, targets }) =>
    targets
      .filter(({ arn }) => isChosen.has(arn))
      .map((target) => {
        const result = ledger.resultOf(target.arn);
        const effect = isNew(target.arn) ? effectOn(target.arn, result) : 'nothing';
        const isFailure = count && effect !== 'nothing' && result?.outcome.kind !== 'failed';
        return { stage, target, effect, isFailure } as const;
      }),
  );
  const failures = named.filter(({ isFailure }) => isFailure);
  const tallies = ledger.tallies().map((tally) => {
    const added = failures.filter(({ stage }) => stage === tally.name).length;
    return { ...tally, added, failed: tally.failed + added };
  });
  const reason = failures.length === 0 ? undefined : budgetTrip(spec.failure, tallies);
  return {
    targets: named.slice(0, MAX_SHOWN).map(({ stage, target, effect }) => ({
      name: targetLabel(target),
      arn: target.arn,
      stage,
      effect,
      now: target.desired,
      back: restoreOptions(target.before, target.desired, spec.rollback.keepTokens),
    })),
    ...(named.length > MAX_SHOWN && { targetsLeftOut: named.length - MAX_SHOWN }),
    affected: named.filter(({ effect }) => effect !== 'nothing').length,
    failures: failures.length,
    budget: tallies
      .filter(({ added }) => added > 0)
      .map(({ name, failed, size }) => ({ stage: name, failed, allowed: allowedFailures(spec.failure, size) })),
    ...(reason !== undefined && { stops: { reason, revert: spec.failure.revert } }),
  };
}

function effectOn(arn: string, result: ReturnType<Ledger['resultOf']>): RevertEffect {
  if (result === undefined) return 'in-running-batch';
  const order = { arn, reason: 'operator', detail: '', count: false, restore: true } as const;
  return concerns(order, result) ? 'goes-back' : 'nothing';
}
