import { countKinds } from './batch.js';
import type { StageTally } from './budget.js';
import {
  type ExceptionEntry,
  exceptionOfSettled,
  exceptionOfTarget,
  isQuiet,
  reasonOf,
  worstFirst,
} from './exceptions.js';
import {
  countedKind,
  describeOutcome,
  type Outcome,
  type OutcomeKind,
  type RestoreResult,
  type TargetResult,
} from './outcome.js';
import type { AllowedInstance, Plan } from './plan.js';
import { type Target, targetLabel } from './target.js';

/** A number per outcome that occurs, with the total and what is in flight. */
export type Counts = Partial<Record<OutcomeKind, number>> & { readonly total: number; readonly inFlight: number };

/** What a batch tells of itself while it runs: cumulative, numbered, so that a late or lost one does no harm. */
export interface BatchProgress {
  readonly batch: string;
  readonly seq: number;
  readonly counts: Partial<Record<OutcomeKind, number>>;
  /** Of all that have failed, also those that are back, or could not go back. */
  readonly failed: number;
  readonly inFlight: number;
}

interface StageBook {
  readonly name: string;
  readonly targets: readonly Target[];
  readonly results: Map<string, TargetResult>;
  progress: BatchProgress | undefined;
  /** Batches that have closed: what they still tell is out of date. */
  readonly closed: Set<string>;
  finished: boolean;
}

/** The books of one run: what became of every target, by stage, in the order in which they were changed. */
export class Ledger {
  readonly #stages: readonly StageBook[];
  readonly #plan: Plan;
  /** ARNs in the order in which their results came. */
  readonly #order: string[] = [];
  readonly #allowed: Map<string, AllowedInstance>;
  /** Grows with every change of a result, so that what is derived from the results need not be derived again. */
  revision = 0;

  constructor(plan: Plan) {
    this.#plan = plan;
    this.#allowed = new Map(plan.allowed.map((instance) => [instance.arn, instance]));
    this.#stages = plan.stages.map(({ name, targets }) => ({
      name,
      targets,
      results: new Map(),
      progress: undefined,
      closed: new Set(),
      finished: targets.length === 0,
    }));
  }

  /** A running batch's own count; its result, once there, replaces it. */
  recordProgress(stage: number, progress: BatchProgress): void {
    const book = this.#book(stage);
    const last = book.progress;
    if (book.closed.has(progress.batch)) return;
    if (last === undefined || last.batch !== progress.batch || last.seq < progress.seq) {
      book.progress = progress;
      this.revision += 1;
    }
  }

  recordBatch(stage: number, targets: readonly Target[], results: readonly TargetResult[]): void {
    const book = this.#book(stage);
    if (book.progress !== undefined) book.closed.add(book.progress.batch);
    book.progress = undefined;
    this.revision += 1;
    targets.forEach((target, index) => {
      const result = results[index];
      if (result === undefined) return;
      book.results.set(target.arn, result);
      this.#order.push(target.arn);
    });
  }

  finishStage(stage: number): void {
    this.#book(stage).finished = true;
    this.revision += 1;
  }

  /** Takes a later finding about a target: a restore, or what the last sweep saw. */
  amend(
    arn: string,
    change: { readonly outcome?: Outcome; readonly detail?: string; readonly restore?: RestoreResult },
  ): void {
    this.revision += 1;
    for (const { results } of this.#stages) {
      const result = results.get(arn);
      if (result !== undefined) results.set(arn, { ...result, ...change });
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
    return this.#stages.flatMap((book) => book.targets);
  }

  /** What a restore of the whole run has to look at, last changed first: all that may have been written and isn't back yet. */
  toRestore(): Target[] {
    const targets = new Map(this.targets().map((target) => [target.arn, target]));
    return this.#order
      .toReversed()
      .filter((arn) => this.#mayStand(this.resultOf(arn)))
      .flatMap((arn) => targets.get(arn) ?? []);
  }

  resultOf(arn: string): TargetResult | undefined {
    for (const { results } of this.#stages) {
      const result = results.get(arn);
      if (result !== undefined) return result;
    }
    return undefined;
  }

  tallies(): StageTally[] {
    const reverted = this.#results().filter(isReverted).length;
    const lastBook = this.#stages.findLast(({ targets }) => targets.length > 0);
    return this.#stages.map((book) => {
      const results = [...book.results.values()];
      const ownReverted = results.filter(isReverted).length;
      const isLast = book === lastBook;
      // What the last sweep finds back at its old values counts to the last stage, which is the one that still bakes.
      const late = isLast ? reverted - ownReverted : 0;
      const running = book.progress?.failed ?? 0;
      const recorded = results.filter(({ outcome }) => outcome.kind === 'failed').length;
      const failed = recorded + running - (isLast ? 0 : ownReverted);
      return {
        name: book.name,
        size: book.targets.length,
        attempted: results.filter(wasAttempted).length,
        failed: failed + late,
        late,
        finished: book.finished,
      };
    });
  }

  /** The targets of a stage whose change stands. */
  standing(stage: number): Target[] {
    const { targets, results } = this.#book(stage);
    return targets.filter(({ arn }) => {
      const result = results.get(arn);
      return result?.outcome.kind === 'changed' && result.restore === undefined;
    });
  }

  /** Changes that stand and prove something: on an instance that is off nothing could break. */
  changedIn(stage: number): number {
    const { results } = this.#book(stage);
    return this.standing(stage).filter(({ arn }) => !isUnverified(results.get(arn))).length;
  }

  counts(): Counts {
    const settled = this.#plan.settled.map(({ outcome }) => outcome.kind);
    const own = this.#stages.map((_, stage) => this.stageCounts(stage));
    return sumCounts([tally(settled, settled.length, 0), ...own]);
  }

  stageCounts(stage: number): Counts {
    const book = this.#book(stage);
    const done = tally([...book.results.values()].map(countedKind), book.targets.length, 0);
    if (book.progress === undefined) return done;
    return sumCounts([done, { ...book.progress.counts, total: 0, inFlight: book.progress.inFlight }]);
  }

  downgraded(): number {
    return this.#results().filter(({ restore }) => restore?.downgraded).length;
  }

  restoreFailures(): number {
    return this.#results().filter(({ restore }) => restore?.outcome.kind === 'restore-failed').length;
  }

  /** All that a person has to know of, worst first. */
  exceptions(): ExceptionEntry[] {
    const ofTargets = this.#stages.flatMap(({ targets, results }) =>
      targets.flatMap((target) => {
        const result = results.get(target.arn);
        return result === undefined || isQuiet(result) ? [] : [exceptionOfTarget(target, result)];
      }),
    );
    const ofSettled = this.#plan.settled.filter(({ outcome }) => outcome.kind !== 'compliant').map(exceptionOfSettled);
    return worstFirst([...ofTargets, ...ofSettled]);
  }

  #mayStand(result: TargetResult | undefined): boolean {
    return result?.wrote === true && result.restore?.outcome.kind !== 'restored';
  }

  #results(): TargetResult[] {
    return this.#stages.flatMap(({ results }) => [...results.values()]);
  }

  #book(stage: number): StageBook {
    const book = this.#stages[stage];
    if (book === undefined) throw new RangeError(`the plan has no stage ${stage}`);
    return book;
  }
}

function isUnverified(result: TargetResult | undefined): boolean {
  return result?.outcome.kind === 'changed' && result.outcome.unverified === true;
}

function isReverted({ outcome }: TargetResult): boolean {
  return outcome.kind === 'failed' && outcome.reason === 'reverted';
}

/** Changed or failed; also where the last sweep has since found a change gone or written over. */
function wasAttempted({ outcome: { kind } }: TargetResult): boolean {
  return kind !== 'compliant' && kind !== 'skipped' && kind !== 'blocked';
}

/** @example failureLine(target, result) // 'us-east-1/web-7 failed(api-error): ServiceException: …' */
export function failureLine(target: Target, result: TargetResult): string {
  const reason = reasonOf(result);
  return `${targetLabel(target)} ${describeOutcome(result.outcome)}${reason === '' ? '' : `: ${reason}`}`;
}

function tally(kinds: readonly OutcomeKind[], total: number, inFlight: number): Counts {
  return { ...countKinds(kinds), total, inFlight };
}

function sumCounts(all: readonly Counts[]): Counts {
  const sum: Record<string, number> = { total: 0, inFlight: 0 };
  for (const counts of all) {
    for (const [kind, count] of Object.entries(counts)) sum[kind] = (sum[kind] ?? 0) + count;
  }
  return { ...sum, total: sum.total ?? 0, inFlight: sum.inFlight ?? 0 };
}
