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

/** Begins what may be begun, the first of it at once, and returns when nothing is in flight and nothing more is to start. */
export async function drain(queue: TargetQueue, { isOver, hasWork, work }: Work): Promise<void> {
  let broken: { readonly error: unknown } | undefined;
  const isDone = () => broken !== undefined || (queue.inFlight === 0 && isOver());
  for (;;) {
    while (broken === undefined && hasWork()) {
      work().catch((error: unknown) => {
        broken = { error };
      });
    }
    if (isDone()) break;
    await condition(() => hasWork() || isDone());
  }
  if (broken !== undefined) throw broken.error;
}
