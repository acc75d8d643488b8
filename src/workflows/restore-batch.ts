import { setHandler, workflowInfo } from '@temporalio/workflow';
import { type BatchResult, type RestoreBatch, TargetQueue } from '../rollout/batch.js';
import type { RestoreResult } from '../rollout/outcome.js';
import { showBatch } from './batch-details.js';
import { BatchKeys } from './batch-keys.js';
import { restoreWithKeys } from './change-target.js';
import { drain } from './drain.js';
import { holdOrderSchema, holdSignal, restoredSignal } from './messages.js';
import { Progress } from './progress.js';

/**
 * Takes the targets of one batch back. Where the caller's keys are refused it waits for them. Only the abort of a rollback
 * ends it early, or the end of that wait, and it finishes what it began.
 */
export async function runRestore(input: RestoreBatch): Promise<BatchResult> {
  const { run, targets, concurrency, settings, keepTokens, deniedFor = 0 } = input;
  const queue = new TargetQueue(targets, concurrency);
  const results = new Map<number, RestoreResult>();
  let isStopping = false;
  let told = 0;
  const keys: BatchKeys = new BatchKeys(() => progress.urge());
  setHandler(
    holdSignal,
    (message: unknown) => {
      const order = holdOrderSchema.safeParse(message).data;
      if (order?.run !== run) return;
      if (order.mode === 'stop') isStopping = true;
      keys.obey(order);
    },
    { description: 'From the rollback: begin nothing more, or calls are accepted again.' },
  );
  const show = () =>
    showBatch({
      kinds: [...results.values()].map(({ outcome }) => outcome.kind),
      total: targets.length,
      inFlight: queue.inFlight,
      holds: isStopping ? 'stop' : 'run',
      failures: [],
    });
  const isOver = () => queue.isEmpty || isStopping;
  const hasWork = () => queue.hasRoom && !isStopping && !keys.isWaiting;
  const picture = () => `${results.size}/${keys.waitsFor?.refusals}`;
  const progress = new Progress(
    {
      reports: input.reports,
      targets: targets.length,
      revision: () => results.size,
      picture,
      inFlight: () => queue.inFlight,
      hasWork,
      isOver,
      send: (parent) => {
        show();
        const fresh = [...results].slice(told);
        told = results.size;
        const waitsFor = keys.waitsFor;
        const report = { run, batch: workflowInfo().workflowId, results: fresh };
        return parent.signal(restoredSignal, { ...report, ...(waitsFor !== undefined && { keys: waitsFor }) });
      },
    },
    picture(),
  );
  show();
  const working = drain(queue, {
    isOver,
    hasWork,
    work: async () => {
      const index = queue.take();
      const target = index === undefined ? undefined : targets[index];
      if (index === undefined || target === undefined) return;
      const task = { target, settings, keepTokens, deniedFor };
      results.set(index, await restoreWithKeys(task, (refused) => keys.wait(refused, () => isStopping)));
      queue.finish(index);
    },
  });
  const telling = progress.tell();
  await working;
  progress.end();
  await telling;
  show();
  return { mode: 'restore', results: targets.map((_, index) => results.get(index) ?? null) };
}
