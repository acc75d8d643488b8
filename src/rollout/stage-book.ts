import type { StageTally } from './budget.js';
import { countedKind, type Outcome, type OutcomeKind, type TargetResult } from './outcome.js';
import type { Target } from './target.js';

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
  /** The last ones that have failed since the report before, each in a line. */
  readonly failures?: readonly string[] | undefined;
}

/** Facts of a result that the books count. */
const FACTS = {
  attempted: wasAttempted,
  failed: countsAsFailed,
  reverted: isReverted,
  downgraded: ({ restore }: TargetResult) => restore?.downgraded === true,
  notRestored: ({ restore }: TargetResult) => restore?.outcome.kind === 'restore-failed',
} as const satisfies Record<string, (result: TargetResult) => boolean>;

type Fact = keyof typeof FACTS;

/**
 * The results of one stage. What is asked for at every message, which is all that can be counted, is counted as the
 * results come: a rollout may have 20,000 of them.
 */
export class StageBook {
  readonly #results = new Map<string, TargetResult>();
  readonly #kinds = new Map<OutcomeKind, number>();
  readonly #facts = new Map<Fact, number>();
  /** Batches that have closed: what they still tell is out of date. */
  readonly #closed = new Set<string>();
  #progress: BatchProgress | undefined;
  #isFinished: boolean;

  constructor(
    readonly name: string,
    readonly targets: readonly Target[],
  ) {
    this.#isFinished = targets.length === 0;
  }

  get(arn: string): TargetResult | undefined {
    return this.#results.get(arn);
  }

  set(arn: string, result: TargetResult): void {
    const before = this.#results.get(arn);
    if (before !== undefined) this.#count(before, -1);
    this.#count(result, 1);
    this.#results.set(arn, result);
  }

  /** @returns whether it was news */
  recordProgress(progress: BatchProgress): boolean {
    const last = this.#progress;
    if (this.#closed.has(progress.batch)) return false;
    if (last?.batch === progress.batch && last.seq >= progress.seq) return false;
    this.#progress = progress;
    return true;
  }

  /** The batch that has told of its progress last has a result now. */
  closeBatch(): void {
    if (this.#progress !== undefined) this.#closed.add(this.#progress.batch);
    this.#progress = undefined;
  }

  finish(): void {
    this.#isFinished = true;
  }

  counts(): Counts {
    const done = { ...Object.fromEntries(this.#kinds), total: this.targets.length, inFlight: 0 };
    if (this.#progress === undefined) return done;
    const { counts, inFlight } = this.#progress;
    return sumCounts([done, { ...counts, total: 0, inFlight }]);
  }

  /** How many results this is true of. */
  having(fact: Fact): number {
    return this.#facts.get(fact) ?? 0;
  }

  /** @param late - targets of earlier stages that count to this one; none where it is left out, and then its own aren't either */
  tally(late: number | undefined): StageTally {
    const running = this.#progress?.failed ?? 0;
    const failed = this.having('failed') + running;
    return {
      name: this.name,
      size: this.targets.length,
      attempted: this.having('attempted'),
      failed: late === undefined ? failed - this.having('reverted') : failed + late,
      late: late ?? 0,
      finished: this.#isFinished,
    };
  }

  #count(result: TargetResult, by: 1 | -1): void {
    add(this.#kinds, countedKind(result), by);
    for (const fact of FACT_NAMES) if (FACTS[fact](result)) add(this.#facts, fact, by);
  }
}

const FACT_NAMES = ['attempted', 'failed', 'reverted', 'downgraded', 'notRestored'] as const satisfies readonly Fact[];

function add<Key>(counts: Map<Key, number>, key: Key, by: 1 | -1): void {
  const count = (counts.get(key) ?? 0) + by;
  if (count === 0) counts.delete(key);
  else counts.set(key, count);
}

/** Whether a result counts against the budget. */
export function countsAsFailed({ outcome }: Pick<TargetResult, 'outcome'>): boolean {
  return outcome.kind === 'failed' && !isUnconfirmed(outcome);
}

/** Begun, and left where the caller's keys were refused: nothing is known against it. */
function isUnconfirmed(outcome: Outcome): boolean {
  return outcome.kind === 'failed' && outcome.reason === 'unconfirmed';
}

function isReverted({ outcome }: TargetResult): boolean {
  return outcome.kind === 'failed' && outcome.reason === 'reverted';
}

/** Changed or failed; also where the last sweep has since found a change gone or written over. */
function wasAttempted({ outcome }: TargetResult): boolean {
  const { kind } = outcome;
  return !isUnconfirmed(outcome) && kind !== 'compliant' && kind !== 'skipped' && kind !== 'blocked';
}

export function sumCounts(all: readonly Counts[]): Counts {
  const sum: { total: number; inFlight: number; [kind: string]: number } = { total: 0, inFlight: 0 };
  for (const counts of all) {
    for (const [kind, count] of Object.entries(counts)) sum[kind] = (sum[kind] ?? 0) + count;
  }
  return sum;
}
