import { countKinds } from './batch.js';
import type { StageTally } from './budget.js';
import { type ExceptionEntry, exceptionOfSettled, exceptionOfTarget, isQuiet, worstFirst } from './exceptions.js';
import { failureLine, hasFailed, LastFailures } from './last-failures.js';
import type { Outcome, RestoreResult, TargetResult } from './outcome.js';
import type { AllowedInstance, Plan } from './plan.js';
import { toRestore } from './restore.js';
import { type BatchProgress, type Counts, StageBook, sumCounts } from './stage-book.js';
import type { RestoreTarget, Target } from './target.js';

export type { BatchProgress, Counts } from './stage-book.js';

/** The books of one run: what became of every target, by stage, in the order in which they were changed. */
export class Ledger {
  readonly #stages: readonly StageBook[];
  readonly #plan: Plan;
  readonly #settled: Counts;
  /** Instances that the spec waives; they are among the blocked ones. */
  readonly waived: number;
  /** In the order in which their results came. */
  readonly #order: Target[] = [];
  readonly #targets: ReadonlyMap<string, Target>;
  readonly #allowed: Map<string, AllowedInstance>;
  readonly #failures = new LastFailures();
  /** Grows with every change of a result, so that what is derived from the results need not be derived again. */
  revision = 0;

  constructor(plan: Plan) {
    this.#plan = plan;
    const { settled } = plan;
    const kinds = countKinds(settled.map(({ outcome }) => outcome.kind));
    this.#settled = { ...kinds, total: settled.length, inFlight: 0 };
    this.waived = settled.filter(({ outcome }) => outcome.kind === 'blocked' && outcome.reason === 'waived').length;
    this.#allowed = new Map(plan.allowed.map((instance) => [instance.arn, instance]));
    this.#stages = plan.stages.map(({ name, targets }) => new StageBook(name, targets));
    this.#targets = new Map(plan.stages.flatMap(({ targets }) => targets.map((target) => [target.arn, target])));
  }

  /** A running batch's own count; its result, once there, replaces it. */
  recordProgress(stage: number, progress: BatchProgress): void {
    if (!this.#book(stage).recordProgress(progress)) return;
    this.#failures.hear(progress.failures ?? []);
    this.revision += 1;
  }

  recordBatch(stage: number, targets: readonly Target[], results: readonly TargetResult[]): void {
    const book = this.#book(stage);
    book.closeBatch();
    this.#failures.forgetHeard();
    this.revision += 1;
    targets.forEach((target, index) => {
      const result = results[index];
      if (result === undefined) return;
      book.set(target.arn, result);
      this.#order.push(target);
      if (hasFailed(result)) this.#failures.add(target.arn);
    });
  }

  finishStage(stage: number): void {
    this.#book(stage).finish();
    this.revision += 1;
  }

  /** Takes a later finding about a target: a restore, or what the last sweep saw. */
  amend(
    arn: string,
    change: { readonly outcome?: Outcome; readonly detail?: string; readonly restore?: RestoreResult },
  ): void {
    this.revision += 1;
    for (const book of this.#stages) {
      const before = book.get(arn);
      if (before === undefined) continue;
      const result = { ...before, ...change };
      book.set(arn, result);
      if (hasFailed(result)) this.#failures.add(arn);
    }
  }

  /** Takes the newest word on instances that go ahead only because the spec allows it. */
  allow(instances: readonly AllowedInstance[]): void {
    for (const instance of instances) this.#allowed.set(instance.arn, instance);
  }

  /** The instances that go ahead, or went, only because `evidence.allow` names them. */
  allowed(): AllowedInstance[] {
    return [...this.#allowed.values()];
  }

  targets(): Target[] {
    return [...this.#targets.values()];
  }

  /** What a restore of the whole run has to look at, last changed first: all that may have been written and isn't back yet. */
  toRestore(): RestoreTarget[] {
    return this.#order.toReversed().flatMap((target) => {
      const result = this.resultOf(target.arn);
      return result !== undefined && this.#mayStand(result) ? [toRestore(target, result)] : [];
    });
  }

  resultOf(arn: string): TargetResult | undefined {
    for (const book of this.#stages) {
      const result = book.get(arn);
      if (result !== undefined) return result;
    }
    return undefined;
  }

  tallies(): StageTally[] {
    // What the last sweep finds back at its old values counts to the last stage, which is the one that still bakes.
    const lastBook = this.#stages.findLast(({ targets }) => targets.length > 0);
    const reverted = this.#sum('reverted');
    return this.#stages.map((book) => book.tally(book === lastBook ? reverted - book.having('reverted') : undefined));
  }

  /** The targets of a stage whose change stands. */
  standing(stage: number): Target[] {
    const book = this.#book(stage);
    return book.targets.filter(({ arn }) => {
      const result = book.get(arn);
      return result?.outcome.kind === 'changed' && result.restore === undefined;
    });
  }

  /** Changes that stand and prove something: on an instance that is off nothing could break. */
  changedIn(stage: number): number {
    const book = this.#book(stage);
    return this.standing(stage).filter(({ arn }) => !isUnverified(book.get(arn))).length;
  }

  counts(): Counts {
    return sumCounts([this.#settled, ...this.#stages.map((book) => book.counts())]);
  }

  stageCounts(stage: number): Counts {
    return this.#book(stage).counts();
  }

  downgraded(): number {
    return this.#sum('downgraded');
  }

  restoreFailures(): number {
    return this.#sum('notRestored');
  }

  /** The last targets that have failed, or couldn't go back, the newest last, each in a line. */
  lastFailures(): string[] {
    return this.#failures.lines((arn) => {
      const [target, result] = [this.#targets.get(arn), this.resultOf(arn)];
      return target !== undefined && result !== undefined && hasFailed(result)
        ? failureLine(target, result)
        : undefined;
    });
  }

  /** How many targets may still be as this run has set them. */
  left(): number {
    return this.#order.filter(({ arn }) => isLeft(this.resultOf(arn))).length;
  }

  /** All that a person has to know of, worst first. */
  exceptions(): ExceptionEntry[] {
    const ofTargets = this.#stages.flatMap((book) =>
      book.targets.flatMap((target) => {
        const result = book.get(target.arn);
        return result === undefined || isQuiet(result) ? [] : [exceptionOfTarget(target, result)];
      }),
    );
    const ofSettled = this.#plan.settled.filter(({ outcome }) => outcome.kind !== 'compliant').map(exceptionOfSettled);
    return worstFirst([...ofTargets, ...ofSettled]);
  }

  #mayStand(result: TargetResult): boolean {
    return result.wrote && result.restore?.outcome.kind !== 'restored';
  }

  #sum(fact: Parameters<StageBook['having']>[0]): number {
    return this.#stages.reduce((sum, book) => sum + book.having(fact), 0);
  }

  #book(stage: number): StageBook {
    const book = this.#stages[stage];
    if (book === undefined) throw new RangeError(`the plan has no stage ${stage}`);
    return book;
  }
}

/** Changed, or failed after its write, and neither taken back nor found to be otherwise. */
function isLeft(result: TargetResult | undefined): boolean {
  if (result === undefined || !result.wrote) return false;
  const { outcome, restore } = result;
  if (restore !== undefined) return restore.outcome.kind === 'restore-failed';
  return outcome.kind === 'changed' || (outcome.kind === 'failed' && outcome.reason !== 'reverted');
}

function isUnverified(result: TargetResult | undefined): boolean {
  return result?.outcome.kind === 'changed' && result.outcome.unverified === true;
}
