import { setHandler } from '@temporalio/workflow';
import { restoredSchema, restoredSignal, statusQuery } from './messages.js';
import type { RunState } from './run-state.js';

/** What a rollout and a rollback answer alike. */
export function registerStatusHandlers(state: RunState): void {
  setHandler(statusQuery, () => state.status(), { description: 'Phase, counts, and what the rollout waits for.' });

  setHandler(restoredSignal, (input: unknown) => {
    const restored = restoredSchema.safeParse(input).data;
    if (restored !== undefined) state.recordRestores(restored.batch, restored.results);
  });
}
