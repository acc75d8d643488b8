import {
  CancellationScope,
  condition,
  getExternalWorkflowHandle,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import {
  type ApplyBatch,
  type BatchInput,
  type BatchResult,
  countKinds,
  type HoldOrder,
  LAST_ORDER,
  type RestoreBatch,
  TargetQueue,
} from '../rollout/batch.js';
import { countedKind, type RestoreResult, type TargetResult } from '../rollout/outcome.js';
import { applyTarget, restoreTarget } from './change-target.js';
import { now } from './clock.js';
import { holdOrderSchema, holdSignal, progressSignal } from './messages.js';

/**
 * The batch tells its parent of its progress at most once in this time, in milliseconds: often at first, and seldom in
 * one that goes on for long, since every report stays in the parent's history.
 */
const PROGRESS_INTERVAL = { first: 2_000, later: 30_000, firstReports: 50 } as const;

/**
 * Changes or restores up to 1,000 targets, `concurrency` at a time, one activity each. Its input is the undo log.
 *
 * It stops by itself once more targets have failed than it was allowed; the closing of its parent stops it as well.
 * What is in flight is always finished, and the result has an entry for every target.
 */
export async function imdsRolloutBatch(input: BatchInput): Promise<BatchResult> {
  const root = CancellationScope.current();
  return CancellationScope.nonCancellable(() => (input.mode === 'apply' ? runApply(input, root) : runRestore(input)));
}

async function runApply(input: ApplyBatch, root: CancellationScope): Promise<BatchResult> {
  const { targets, settings } = input;
  const queue = new TargetQueue(targets, input.concurrency);
  const results = new Map<number, TargetResult>();
  const scopes = new Map<number, CancellationScope>();
  let hold = input.hold;
  let failures = 0;
  const progress = new Progress(queue, results, () => hold.number);

  const setHold = (order: HoldOrder) => {
    hold = order;
    if (order.mode !== 'run') for (const scope of scopes.values()) scope.cancel();
    progress.acknowledge();
  };
  setHandler(holdSignal, (input: unknown) => {
    const order = holdOrderSchema.safeParse(input).data;
    if (order !== undefined && order.number > hold.number) setHold(order);
  });
  root.cancelRequested.catch(() => setHold(LAST_ORDER));

  const isStopping = () => hold.mode === 'stop' || failures > input.failuresLeft;
  const isClosed = () => hold.notAfter !== undefined && now() >= hold.notAfter;
  const mayStart = () => hold.mode === 'run' && !isClosed() && !isStopping() && queue.hasRoom;

  await drain(queue, mayStart, isStopping, progress, async (index) => {
    const target = targets[index];
    if (target === undefined) return;
    const scope = new CancellationScope();
    scopes.set(index, scope);
    const result = await applyTarget(scope, {
      target,
      settings,
      ...(hold.notAfter !== undefined && { notAfter: hold.notAfter }),
    });
    scopes.delete(index);
    if ('held' in result) {
      queue.requeue(index);
      return;
    }
    results.set(index, result);
    if (result.outcome.kind === 'failed') {
      failures += 1;
      if (input.revertFailed && result.wrote) {
        results.set(index, { ...result, restore: await restoreTarget(target, settings, input.keepTokens) });
      }
    }
    queue.finish(index);
  });
  return { mode: 'apply', results: targets.map((_, index) => results.get(index) ?? NOT_STARTED) };
}

async function runRestore(input: RestoreBatch): Promise<BatchResult> {
  const { targets, settings, keepTokens } = input;
  const queue = new TargetQueue(targets, input.concurrency);
  const results = new Map<number, RestoreResult>();
  await drain(
    queue,
    () => queue.hasRoom,
    () => false,
    undefined,
    async (index) => {
      const target = targets[index];
      if (target !== undefined) results.set(index, await restoreTarget(target, settings, keepTokens));
      queue.finish(index);
    },
  );
  return { mode: 'restore', results: targets.flatMap((_, index) => results.get(index) ?? []) };
}

/** Takes targets from the queue while it may, and returns when nothing is in flight and nothing more is to start. */
async function drain(
  queue: TargetQueue,
  mayStart: () => boolean,
  isStopping: () => boolean,
  progress: Progress | undefined,
  work: (index: number) => Promise<void>,
): Promise<void> {
  const isOver = () => queue.inFlight === 0 && (queue.isEmpty || isStopping());
  const telling = progress?.tell();
  let broken: { readonly error: unknown } | undefined;
  while (!isOver() && broken === undefined) {
    await condition(() => mayStart() || isOver() || broken !== undefined);
    while (broken === undefined && mayStart()) {
      const index = queue.take();
      if (index === undefined) break;
      work(index).catch((error: unknown) => {
        broken = { error };
      });
    }
  }
  progress?.end();
  await telling;
  if (broken !== undefined) throw broken.error;
}

const NOT_STARTED: TargetResult = { outcome: { kind: 'skipped', reason: 'not-started' }, wrote: false };

/** Tells the parent, now and then, how far the batch is. */
class Progress {
  #seq = 0;
  #over = false;
  #acknowledge = false;

  constructor(
    private readonly queue: TargetQueue,
    private readonly results: ReadonlyMap<number, TargetResult>,
    private readonly hold: () => number,
  ) {}

  /** The parent waits to hear that a hold is in force: tell it at once. */
  acknowledge(): void {
    this.#acknowledge = true;
  }

  end(): void {
    this.#over = true;
  }

  async tell(): Promise<void> {
    let told = '0/0';
    const picture = () => `${this.results.size}/${this.queue.inFlight}`;
    const isDue = () => this.#over || this.#acknowledge;
    while (!this.#over) {
      await condition(() => isDue() || picture() !== told);
      if (!isDue()) await condition(isDue, this.#interval());
      if (this.#over) return;
      this.#acknowledge = false;
      told = picture();
      await this.#signal();
    }
  }

  #interval(): number {
    const { first, later, firstReports } = PROGRESS_INTERVAL;
    return this.#seq < firstReports ? first : later;
  }

  async #signal(): Promise<void> {
    const { parent, workflowId } = workflowInfo();
    if (parent === undefined) return;
    const { inFlight } = this.queue;
    // A parent that has closed doesn't listen any more; what was begun is finished all the same.
    // A reset gives it another run ID, so it is none of a certain run that is told.
    await getExternalWorkflowHandle(parent.workflowId)
      .signal(progressSignal, {
        batch: workflowId,
        seq: ++this.#seq,
        counts: countKinds([...this.results.values()].map(countedKind)),
        inFlight,
        hold: this.hold(),
      })
      .catch(() => undefined);
  }
}
