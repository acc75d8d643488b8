import { countKinds } from './batch.js';
import type { StageTally } from './budget.js';
import {
  countedKind,
  describeOutcome,
  type Outcome,
  type OutcomeKind,
  type RestoreResult,
  type TargetResult,
} from './outcome.js';
import type { Plan } from './plan.js';
import { type Target, targetLabel } from './target.js';

/** A number per outcome that occurs, with the total and what is in flight. */
export type Counts = Partial<Record<OutcomeKind, number>> & { readonly total: number; readonly inFlight: number };

/** What a batch tells of itself while it runs: cumulative, numbered, so that a late or lost one does no harm. */
export interface BatchProgress {
  readonly batch: string;
  readonly seq: number;
  readonly counts: Partial<Record<OutcomeKind, number>>;
  readonly inFlight: number;
}

/** A target or instance that ended otherwise than changed, compliant or restored, and why. */
export interface ExceptionEntry {
  readonly scope: string;
  readonly name: string;
  readonly arn: string;
  readonly outcome: string;
  readonly reason: string;
}

interface StageBook {
  readonly name: string;
  readonly targets: readonly Target[];
  readonly results: Map<string, TargetResult>;
  progress: BatchProgress | undefined;
  finished: boolean;
}

/** The books of one run: what became of every target, by stage, in the order in which they were changed. */
export class Ledger {
  readonly #stages: readonly StageBook[];
  readonly #plan: Plan;
  /** ARNs in the order in which their results came. */
  readonly #order: string[] = [];
  /** Grows with every change of a result, so that what is derived from the results need not be derived again. */
  revision = 0;

  constructor(plan: Plan) {
    this.#plan = plan;
    this.#stages = plan.stages.map(({ name, targets }) => ({
      name,
      targets,
      results: new Map(),
      progress: undefined,
      finished: targets.length === 0,
    }));
  }

  /** A running batch's own count; its result, once there, replaces it. */
  recordProgress(stage: number, progress: BatchProgress): void {
    const book = this.#book(stage);
    const last = book.progress;
    if (last === undefined || last.batch !== progress.batch || last.seq < progress.seq) book.progress = progress;
  }

  recordBatch(stage: number, targets: readonly Target[], results: readonly TargetResult[]): void {
    const book = this.#book(stage);
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

  /** What a restore of the whole run has to look at, last changed first: all that may have been written and isn't back yet. */
  toRestore(): Target[] {
    const targets = new Map(this.#stages.flatMap((book) => book.targets.map((target) => [target.arn, target])));
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
    const reverted = this.#results().filter(({ outcome }) => isReverted(outcome)).length;
    const lastBook = this.#stages.findLast(({ targets }) => targets.length > 0);
    return this.#stages.map((book) => {
      const results = [...book.results.values()];
      const failed = results.filter(({ outcome }) => outcome.kind === 'failed' && !isReverted(outcome)).length;
      const changed = results.filter(({ outcome }) => outcome.kind === 'changed' || isReverted(outcome)).length;
      // What the last sweep finds back at its old values counts to the last stage, which is the one that still bakes.
      const late = book === lastBook ? reverted : 0;
      return {
        name: book.name,
        size: book.targets.length,
        attempted: failed + changed,
        failed: failed + late,
        finished: book.finished,
      };
    });
  }

  changedIn(stage: number): number {
    return [...this.#book(stage).results.values()].filter(({ outcome }) => outcome.kind === 'changed').length;
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
        return result === undefined || isQuiet(result)
          ? []
          : [toException(target, describeResult(result), reasonOf(result), countedKind(result))];
      }),
    );
    const ofSettled = this.#plan.settled
      .filter(({ outcome }) => outcome.kind !== 'compliant')
      .map((instance) =>
        toException(instance, describeOutcome(instance.outcome), instance.detail ?? '', instance.outcome.kind),
      );
    return [...ofTargets, ...ofSettled].sort((a, b) => a.weight - b.weight).map(({ entry }) => entry);
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

const WORST_FIRST: readonly OutcomeKind[] = [
  'restore-failed',
  'failed',
  'drifted',
  'replaced',
  'gone',
  'blocked',
  'skipped',
  'changed',
  'restored',
  'compliant',
];

function toException({ arn, name }: Pick<Target, 'arn' | 'name'>, outcome: string, reason: string, kind: OutcomeKind) {
  const [, , , region = '', account = ''] = arn.split(':');
  return { weight: WORST_FIRST.indexOf(kind), entry: { scope: `${account}:${region}`, name, arn, outcome, reason } };
}

function isReverted(outcome: Outcome): boolean {
  return outcome.kind === 'failed' && outcome.reason === 'reverted';
}

/** Ended as anybody would hope: nothing to say of it but a count. */
function isQuiet({ outcome, restore }: TargetResult): boolean {
  if (outcome.kind === 'failed') return false;
  if (restore !== undefined) return restore.outcome.kind === 'restored';
  return outcome.kind === 'compliant' || (outcome.kind === 'changed' && outcome.unverified !== true);
}

function describeResult({ outcome, restore }: TargetResult): string {
  return restore === undefined
    ? describeOutcome(outcome)
    : `${describeOutcome(outcome)}, ${describeOutcome(restore.outcome)}`;
}

function reasonOf({ detail, restore }: TargetResult): string {
  return [detail, restore?.detail].filter((text) => text !== undefined).join('; ');
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
