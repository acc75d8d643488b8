import { setHandler, workflowInfo } from '@temporalio/workflow';
import { restoredSchema, restoredSignal, statusQuery } from './messages.js';
import type { RunState } from './run-state.js';
import { tellRestoring } from './tell-restoring.js';

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
      if (restored?.run !== workflowInfo().originalExecutionRunId) return;
      state.recordRestores(restored.batch, restored.results);
      const { restoring } = state;
      const { keys } = restored;
      if (keys === undefined || restoring?.workflowId !== restored.batch) return;
      if (keys.refusals !== restoring.refusals) {
        restoring.refusals = keys.refusals;
        state.refuse(keys.refused);
      }
      void tellRestoring(state);
    },
    { description: 'From the batch that takes targets back: those that have ended since it told last.' },
  );
}
