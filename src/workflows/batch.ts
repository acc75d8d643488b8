import { CancellationScope, setHandler, workflowInfo } from '@temporalio/workflow';
import type { ApplyInput } from '../activities/index.js';
import { describeRefusal, type KeysRefused } from '../rollout/account-keys.js';
import {
  type ApplyBatch,
  type BatchResult,
  countKinds,
  firstInFlight,
  type HoldOrder,
  TargetQueue,
} from '../rollout/batch.js';
import { failureLine, hasFailed } from '../rollout/last-failures.js';
import { type OrderReport, obeyOrder } from '../rollout/orders.js';
import { countedKind, type TargetResult } from '../rollout/outcome.js';
import { type PackedBatch, type PackedBatchResult, packBatchResult, unpackBatch } from '../rollout/pack-batch.js';
import { toRestore } from '../rollout/restore.js';
import { carryOut, concerns, type RevertOrder } from '../rollout/revert.js';
import { countsAsFailed } from '../rollout/stage-book.js';
import type { Target } from '../rollout/target.js';
import { showBatch } from './batch-details.js';
import { BatchKeys } from './batch-keys.js';
import { type AppliedTarget, applyTarget, type HeldChange, restoreWithKeys } from './change-target.js';
import { now } from './clock.js';
import { drain } from './drain.js';
import {
  holdOrderSchema,
  holdSignal,
  MAX_TOLD_FAILURES,
  orderQuery,
  type ProgressMessage,
  progressSignal,
  revertOrdersSchema,
  revertSignal,
} from './messages.js';
import { Progress } from './progress.js';
import { runRestore } from './restore-batch.js';

/**
 * Changes or restores up to 1,000 targets, `concurrency` at a time, one activity each. Its input is the undo log.
 *
 * It stops by itself once more targets have failed than it was allowed; the closing of its parent stops it as well.
 * What is in flight is always finished, and the result has an entry for every target.
 *
 * @internal started by rollouts and rollbacks only
 */
export async function imdsRolloutBatch(packed: PackedBatch): Promise<PackedBatchResult> {
  const root = CancellationScope.current();
  const input = unpackBatch(packed);
  return CancellationScope.nonCancellable(async () =>
    packBatchResult(await (input.mode === 'apply' ? new ApplyRun(input, root).run() : runRestore(input))),
  );
}

/** The work of one batch that changes its targets, and takes back those that it is told to. */
class ApplyRun {
  readonly #queue: TargetQueue;
  readonly #results = new Map<number, TargetResult>();
  readonly #inFlight = new Set<number>();
  /** Held after an Update may have been sent, which was never seen applied. */
  readonly #mayHaveWritten = new Set<number>();
  readonly #orders = new Map<number, RevertOrder>();
  /** Changed targets that wait for their way back. */
  readonly #undo: number[] = [];
  readonly #progress: Progress;
  readonly #keys: BatchKeys;
  /** Failures that the rollout hasn't been told of, each in a line. */
  #untold: string[] = [];
  #lastFailures: readonly string[] = [];
  #hold: HoldOrder;
  /** Number of the last order that didn't follow the one in force. */
  #refused: number | undefined;
  /** Of the changes that have begun since the last hold: the next one cancels them. */
  #untilHeld: CancellationScope | undefined;
  #failures = 0;
  #isDrained = false;
  /** Grows with every change of a result. */
  #revision = 0;

  constructor(
    private readonly input: ApplyBatch,
    root: CancellationScope,
  ) {
    this.#hold = input.hold;
    this.#queue = new TargetQueue(input.targets, input.concurrency);
    this.#keys = new BatchKeys(() => this.#progress.urge());
    const pictureOf = (inFlight: number) => `${this.#revision}/${inFlight}/${this.#keys.waitsFor?.refusals}`;
    this.#progress = new Progress(
      {
        reports: input.reports,
        targets: input.targets.length,
        revision: () => this.#revision,
        picture: () => pictureOf(this.#queue.inFlight),
        inFlight: () => this.#queue.inFlight,
        hasWork: () => this.#hasWork,
        isOver: () => this.#isOver,
        send: (parent, seq) => {
          this.#show();
          return parent.signal(progressSignal, this.#report(seq));
        },
      },
      pictureOf(firstInFlight(input)),
    );
    setHandler(
      holdSignal,
      (message: unknown) => {
        const order = holdOrderSchema.safeParse(message).data;
        if (order?.run !== input.run) return;
        const { run: _, ...hold } = order;
        this.#obey(hold);
      },
      { description: 'From the rollout: go on, wait, or stop. Send pause and abort to the rollout instead.' },
    );
    setHandler(
      revertSignal,
      (message: unknown) => {
        const { run, orders = [] } = revertOrdersSchema.safeParse(message).data ?? {};
        if (run !== input.run) return;
        for (const order of orders) this.#revert(order);
        this.#progress.urge();
      },
      { description: 'From the rollout: take these targets back. Send revert to the rollout instead.' },
    );
    setHandler(orderQuery, () => this.#orderReport, { description: 'The order that is in force. No input.' });
    root.cancelRequested.catch(() => this.#obey({ number: this.#hold.number + 1, mode: 'stop' }));
  }

  async run(): Promise<BatchResult> {
    this.#show();
    const working = drain(this.#queue, {
      isOver: () => this.#isOver,
      hasWork: () => this.#hasWork,
      work: () => this.#next(),
    });
    const telling = this.#progress.tell();
    await working;
    this.#isDrained = true;
    this.#progress.end();
    await telling;
    this.#show();
    return {
      mode: 'apply',
      results: this.input.targets.map((_, index) => this.#results.get(index) ?? this.#skipped(index, 'not-started')),
    };
  }

  get #hasWork(): boolean {
    return this.#nextUndo !== undefined || this.#mayStart;
  }

  /** Nothing more is begun, ever. */
  get #isOver(): boolean {
    return this.#undo.length === 0 && (this.#queue.isEmpty || this.#isStopping);
  }

  get #isStopping(): boolean {
    const { mode } = this.#hold;
    return mode === 'stop' || mode === 'finish' || this.#failures > this.input.failuresLeft;
  }

  get #mayStart(): boolean {
    const { mode, notAfter } = this.#hold;
    const isClosed = notAfter !== undefined && now() >= notAfter;
    return mode === 'run' && !isClosed && !this.#isStopping && !this.#keys.isWaiting && this.#queue.hasRoom;
  }

  /** Nothing holds the way back, but that there is room for it. */
  get #nextUndo(): number | undefined {
    return this.#undo.find((index) => this.#queue.hasRoomFor(index));
  }

  /** Answered also where it is refused: the rollout then counts on from the order that is in force. */
  #obey(order: HoldOrder): void {
    this.#progress.urge();
    const hold = obeyOrder(this.#hold, order);
    this.#refused = hold === undefined ? order.number : undefined;
    if (hold === undefined) return;
    this.#hold = hold;
    this.#keys.obey(hold);
    if (hold.mode !== 'run') {
      this.#untilHeld?.cancel();
      this.#untilHeld = undefined;
    }
  }

  get #orderReport(): OrderReport {
    return { ...this.#hold, ...(this.#refused !== undefined && { refused: this.#refused }) };
  }

  #revert(order: RevertOrder): void {
    const index = this.input.targets.findIndex(({ arn }) => arn === order.arn);
    // The rollout takes over what comes too late.
    if (this.#isDrained) return;
    const last = this.#orders.get(index);
    // Said twice it is done once; but one that was only to fail may still go back.
    if (index < 0 || (last !== undefined && (last.restore || !order.restore))) return;
    // One that hasn't been begun isn't ours to call unhealthy, and what an operator wants back isn't changed at all.
    if (order.reason === 'unhealthy' && !this.#results.has(index) && !this.#inFlight.has(index)) return;
    this.#orders.set(index, order);
    if (!this.#inFlight.has(index)) this.#carryOut(index, order);
  }

  #carryOut(index: number, order: RevertOrder): void {
    const result = this.#results.get(index);
    if (result === undefined) {
      // Found unhealthy before its change could begin, and held: it has its turn later.
      if (order.reason === 'unhealthy') this.#orders.delete(index);
      else if (this.#queue.drop(index)) {
        // An operator wanted it back before it was changed.
        const skipped = this.#skipped(index, 'operator');
        this.#record(index, skipped);
        if (order.restore && skipped.wrote) this.#undo.push(index);
      }
      return;
    }
    if (!concerns(order, result)) return;
    const after = carryOut(order, result);
    this.#record(index, after);
    if (after.outcome.kind === 'failed' && result.outcome.kind !== 'failed') this.#failures += 1;
    if (order.restore) this.#undo.push(index);
  }

  /** The result of a target whose turn hasn't come, or was taken from it. */
  #skipped(index: number, reason: 'not-started' | 'operator'): TargetResult {
    const { runId, originalExecutionRunId } = workflowInfo();
    // The run before a reset may have changed any of them, and this one hasn't come to it yet.
    const isReset = runId !== originalExecutionRunId;
    return { outcome: { kind: 'skipped', reason }, wrote: isReset || this.#mayHaveWritten.has(index) };
  }

  #record(index: number, result: TargetResult): void {
    const target = this.input.targets[index];
    if (target !== undefined && hasFailed(result) && !hasFailed(this.#results.get(index))) {
      const line = failureLine(target, result);
      this.#untold = [...this.#untold, line].slice(-MAX_TOLD_FAILURES);
      this.#lastFailures = [...this.#lastFailures, line].slice(-MAX_TOLD_FAILURES);
      // Together with those of other stages, which a batch doesn't know of, it may be one too many.
      this.#progress.urge();
    }
    this.#results.set(index, result);
    this.#revision += 1;
  }

  #show(): void {
    showBatch({
      kinds: [...this.#results.values()].map(countedKind),
      total: this.input.targets.length,
      inFlight: this.#queue.inFlight,
      holds: this.#isStopping ? 'stop' : this.#hold.mode,
      failures: this.#lastFailures,
    });
  }

  #report(seq: number): ProgressMessage {
    const results = [...this.#results.values()];
    const failures = this.#untold.splice(0);
    const keys = this.#keys.waitsFor;
    return {
      run: this.input.run,
      batch: workflowInfo().workflowId,
      seq,
      counts: countKinds(results.map(countedKind)),
      failed: results.filter(countsAsFailed).length,
      inFlight: this.#queue.inFlight,
      hold: this.#orderReport,
      ...(failures.length > 0 && { failures }),
      ...(keys !== undefined && { keys }),
    };
  }

  async #next(): Promise<void> {
    const undo = this.#nextUndo;
    if (undo !== undefined) return this.#takeBack(undo);
    const index = this.#queue.take();
    if (index !== undefined) await this.#apply(index);
  }

  async #takeBack(index: number): Promise<void> {
    this.#undo.splice(this.#undo.indexOf(index), 1);
    this.#queue.again(index);
    await this.#restore(index);
    this.#queue.finish(index);
    // Of many that were ordered back at once, the last one.
    if (this.#undo.length === 0) this.#progress.urge();
  }

  async #apply(index: number): Promise<void> {
    const target = this.input.targets[index];
    if (target === undefined) return;
    this.#inFlight.add(index);
    const result = await this.#change(index, target);
    if ('held' in result) {
      this.#queue.requeue(index);
      if (result.wrote) this.#mayHaveWritten.add(index);
    } else this.#record(index, result);
    if (!('held' in result) && countsAsFailed(result)) {
      this.#failures += 1;
      if (this.input.revertFailed && result.wrote) await this.#restore(index);
    }
    // Until here an order waits: it would start a second restore beside this one.
    this.#inFlight.delete(index);
    const order = this.#orders.get(index);
    if (order !== undefined) this.#carryOut(index, order);
    if (!('held' in result)) this.#queue.finish(index);
  }

  /** Follows what was begun, also beyond times in which the caller's keys are refused. */
  async #change(index: number, target: Target): Promise<TargetResult | HeldChange> {
    const { notAfter } = this.#hold;
    const { settings } = this.input;
    const mayHaveWritten = this.#mayHaveWritten.has(index);
    let input: ApplyInput = {
      target,
      settings,
      ...(mayHaveWritten && { mayHaveWritten }),
      ...(notAfter !== undefined && { notAfter }),
    };
    for (;;) {
      // Made here, and not where a hold comes in: its parent is the scope that a cancellation doesn't reach.
      this.#untilHeld ??= new CancellationScope();
      const result: AppliedTarget = await applyTarget(this.#untilHeld, input);
      if ('held' in result) {
        if (result.refused !== undefined) this.#keys.refuse(result.refused);
        return result;
      }
      if (!('suspended' in result)) return result;
      const { suspended, refused } = result;
      if (!(await this.#awaitKeys(refused))) return unconfirmed(refused);
      input = { target, settings, followOnly: true, suspended };
    }
  }

  #awaitKeys(refused: KeysRefused): Promise<boolean> {
    return this.#keys.wait(refused, () => this.#hold.mode === 'stop');
  }

  async #restore(index: number): Promise<void> {
    const target = this.input.targets[index];
    const result = this.#results.get(index);
    if (target === undefined || result === undefined) return;
    const { settings, keepTokens, deniedFor = 0 } = this.input;
    const input = { target: toRestore(target, result), settings, keepTokens, deniedFor };
    const restore = await restoreWithKeys(input, (refused) => this.#awaitKeys(refused));
    this.#record(index, { ...result, restore });
  }
}

/** It was begun, and the rollout ends before anybody could read what became of it. */
function unconfirmed(refused: KeysRefused): TargetResult {
  return { outcome: { kind: 'failed', reason: 'unconfirmed' }, detail: describeRefusal(refused), wrote: true };
}
