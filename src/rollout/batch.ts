import type { OutcomeKind, RestoreResult, TargetResult } from './outcome.js';
import { scopeKey, scopeOf } from './scope.js';
import type { RestoreTarget, Target } from './target.js';
import { type Concurrency, Turns } from './turns.js';

/**
 * Whether a batch may start changes: it may (`run`), it has to wait, or it starts no more and ends. Where the caller's keys
 * are refused, `finish` waits for them to follow what was begun, and `stop` leaves it unconfirmed.
 */
export const HOLD_MODES = ['run', 'wait', 'finish', 'stop'] as const;
export type HoldMode = (typeof HOLD_MODES)[number];

/** What a batch is told: its mode, and the time after which it starts nothing, whatever it is told later. */
export interface HoldOrder {
  /** One more than that of the order before: see `obeyOrder`. */
  readonly number: number;
  readonly mode: HoldMode;
  /** Milliseconds since the epoch. */
  readonly notAfter?: number;
  /** Calls are accepted again after so many refusals that the batch has reported. */
  readonly accepted?: number;
}

/** How patiently one target is changed; milliseconds. */
export interface ChangeSettings {
  /** From the write to the deadline. */
  readonly timeout: number;
  readonly pollInterval: number;
  /** AWS errors of one target before it fails for good; throttling doesn't count. */
  readonly maxErrors: number;
}

interface BatchCommon {
  /** Original run ID of the rollout or rollback that it belongs to: messages that don't name it are ignored. */
  readonly run: string;
  /** Reports of its progress that it may send; orders are acknowledged beyond that. */
  readonly reports: number;
  readonly concurrency: Concurrency;
  readonly settings: ChangeSettings;
  readonly keepTokens: boolean;
  /** How long a restore waits for an action that is refused, in milliseconds. Default: not at all. */
  readonly deniedFor?: number;
}

export interface ApplyBatch extends BatchCommon {
  readonly mode: 'apply';
  /** They are the undo log: nothing is written before they are in history. */
  readonly targets: readonly Target[];
  /** Failures that the batch may count before it stops by itself. */
  readonly failuresLeft: number;
  /** Take a failing target back at once. */
  readonly revertFailed: boolean;
  /** The hold in force when it starts. */
  readonly hold: HoldOrder;
}

export interface RestoreBatch extends BatchCommon {
  readonly mode: 'restore';
  readonly targets: readonly RestoreTarget[];
}

export type BatchInput = ApplyBatch | RestoreBatch;

/** A result for each target, in the order of the input's targets; null where its restore wasn't begun. */
export type BatchResult =
  | { readonly mode: 'apply'; readonly results: readonly TargetResult[] }
  | { readonly mode: 'restore'; readonly results: readonly (RestoreResult | null)[] };

/** At most so many targets in one batch: its input and its result stay well below Temporal's payload limits. */
export const MAX_BATCH = 1_000;

/** @example chunk([1, 2, 3], 2) // [[1, 2], [3]] */
export function chunk<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}

/** Targets that wait for their turn, and how many of which scope have it now. */
export class TargetQueue {
  readonly #waiting: number[];
  readonly #scopes: readonly string[];
  readonly #turns: Turns;

  constructor(targets: readonly Target[], concurrency: Concurrency) {
    this.#turns = new Turns(concurrency);
    this.#scopes = targets.map(({ arn }) => scopeKey(scopeOf(arn)));
    this.#waiting = targets.map((_, index) => index);
  }

  get inFlight(): number {
    return this.#turns.busy;
  }

  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  /** Takes the first target that has room, or nothing. */
  take(): number | undefined {
    const position = this.#nextPosition();
    const index = this.#waiting[position];
    if (index === undefined) return undefined;
    this.#waiting.splice(position, 1);
    this.again(index);
    return index;
  }

  get hasRoom(): boolean {
    return this.#nextPosition() >= 0;
  }

  /** Whether this target may have its turn now. */
  hasRoomFor(index: number): boolean {
    return this.#turns.hasRoomFor(this.#scopeOf(index));
  }

  /** Gives a target that isn't waiting any more another turn. */
  again(index: number): void {
    this.#turns.take(this.#scopeOf(index));
  }

  /** Takes a target out that still waits. @returns whether it did */
  drop(index: number): boolean {
    const position = this.#waiting.indexOf(index);
    if (position >= 0) this.#waiting.splice(position, 1);
    return position >= 0;
  }

  /** The target is done. */
  finish(index: number): void {
    this.#turns.giveBack(this.#scopeOf(index));
  }

  /** The target was taken back before its change began: it is the next one. */
  requeue(index: number): void {
    this.finish(index);
    this.#waiting.unshift(index);
  }

  #nextPosition(): number {
    if (!this.#turns.hasRoom) return -1;
    return this.#waiting.findIndex((index) => this.hasRoomFor(index));
  }

  #scopeOf(index: number): string | undefined {
    return this.#scopes[index];
  }
}

/** How many targets are in flight once a batch has begun: its rollout knows that without being told. */
export function firstInFlight({
  targets,
  concurrency,
  hold,
}: Pick<ApplyBatch, 'targets' | 'concurrency' | 'hold'>): number {
  if (hold.mode !== 'run') return 0;
  const queue = new TargetQueue(targets, concurrency);
  while (queue.take() !== undefined);
  return queue.inFlight;
}

/** How many of each kind there are. */
export function countKinds(kinds: Iterable<OutcomeKind>): Partial<Record<OutcomeKind, number>> {
  const counts: Partial<Record<OutcomeKind, number>> = {};
  for (const kind of kinds) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}
