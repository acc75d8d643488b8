import { CancellationScope, workflowInfo } from '@temporalio/workflow';
import { holdSignal } from './messages.js';
import type { RunState } from './run-state.js';

/** Tells the batch that takes targets back whether calls are accepted again, or that nobody waits for it any more. */
export async function tellRestoring({ restoring, keys }: RunState): Promise<void> {
  if (restoring === undefined) return;
  if (keys.givenUp !== undefined) return restoring.stop();
  const { refusals } = restoring;
  if (keys.first !== undefined || refusals === restoring.accepted) return;
  restoring.accepted = refusals;
  const { originalExecutionRunId: run } = workflowInfo();
  const order = { run, number: refusals, mode: 'run', accepted: refusals } as const;
  // A batch that closes just now doesn't listen any more.
  await CancellationScope.nonCancellable(() => restoring.handle.signal(holdSignal, order)).catch(() => undefined);
}
