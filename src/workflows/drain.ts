import { condition } from '@temporalio/workflow';
import type { TargetQueue } from '../rollout/batch.js';

interface Work {
  /** Nothing more is to be begun, ever. */
  readonly isOver: () => boolean;
  /** Something may be begun now. */
  readonly hasWork: () => boolean;
  /** Begins it; takes its place in the queue before its first await. */
  readonly work: () => Promise<void>;
}

/** Begins what may be begun, and returns when nothing is in flight and nothing more is to start. */
export async function drain(queue: TargetQueue, { isOver, hasWork, work }: Work): Promise<void> {
  let broken: { readonly error: unknown } | undefined;
  const isDone = () => broken !== undefined || (queue.inFlight === 0 && isOver());
  while (!isDone()) {
    await condition(() => hasWork() || isDone());
    while (broken === undefined && hasWork()) {
      work().catch((error: unknown) => {
        broken = { error };
      });
    }
  }
  if (broken !== undefined) throw broken.error;
}
