import { setHandler, workflowInfo } from '@temporalio/workflow';
import { type BatchResult, type RestoreBatch, TargetQueue } from '../rollout/batch.js';
import type { RestoreResult } from '../rollout/outcome.js';
import { showBatch } from './batch-details.js';
import { restoreTarget } from './change-target.js';
import { drain } from './drain.js';
import { holdOrderSchema, holdSignal, restoredSignal } from './messages.js';
import { Progress } from './progress.js';

/** Takes the targets of one batch back. Only the abort of a rollback ends it early, and it finishes what it began. */
export async function runRestore(input: RestoreBatch): Promise<BatchResult> {
  const { run, targets, concurrency, settings, keepTokens } = input;
  const queue = new TargetQueue(targets, concurrency);
  const results = new Map<number, RestoreResult>();
  let isStopping = false;
  let told = 0;
  setHandler(
    holdSignal,
    (message: unknown) => {
      const order = holdOrderSchema.safeParse(message).data;
      if (order?.run === run && order.mode === 'stop') isStopping = true;
    },
    { description: 'From the rollback: begin nothing more.' },
  );
  const show = () =>
    showBatch({
      kinds: [...results.values()].map(({ outcome }) => outcome.kind),
      total: targets.length,
      inFlight: queue.inFlight,
      holds: isStopping ? 'stop' : 'run',
      failures: [],
    });
  const progress = new Progress(
    input.reports,
    () => String(results.size),
    (parent) => {
      show();
      const fresh = [...results].slice(told);
      told = results.size;
      return parent.signal(restoredSignal, { run, batch: workflowInfo().workflowId, results: fresh });
    },
  );
  show();
  const telling = progress.tell();
  await drain(queue, {
    isOver: () => queue.isEmpty || isStopping,
    hasWork: () => queue.hasRoom && !isStopping,
    work: async () => {
      const index = queue.take();
      const target = index === undefined ? undefined : targets[index];
      if (index === undefined || target === undefined) return;
      results.set(index, await restoreTarget(target, settings, keepTokens));
      queue.finish(index);
    },
  });
  progress.end();
  await telling;
  show();
  return { mode: 'restore', results: targets.map((_, index) => results.get(index) ?? null) };
}
