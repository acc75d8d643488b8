import { setHandler, workflowInfo } from '@temporalio/workflow';
import { restoredSchema, restoredSignal, statusQuery } from './messages.js';
import type { RunState } from './run-state.js';

/** What a rollout and a rollback answer alike. */
export function registerStatusHandlers(state: RunState): void {
  setHandler(statusQuery, () => state.status(), {
    description: 'How it stands: title, phase, counts, stages, what it waits for, and the last messages. No input.',
  });

  setHandler(
    restoredSignal,
    (input: unknown) => {
      state.received.signals += 1;
      const restored = restoredSchema.safeParse(input).data;
      if (restored?.run === workflowInfo().originalExecutionRunId)
        state.recordRestores(restored.batch, restored.results);
    },
    { description: 'From the batch that takes targets back: those that have ended since it told last.' },
  );
}
