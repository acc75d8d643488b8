import { ActivityFailure, proxyActivities, workflowInfo } from '@temporalio/workflow';
import type { ControlActivities } from '../activities/index.js';
import { cutReason } from '../rollout/outcome.js';
import { controlQueue } from '../rollout/queues.js';
import type { RunState } from './run-state.js';

/** Keeps what takes the rollout back once its history is gone, where the worker has a place for it. It never fails a rollout. */
export async function writeJournal(state: RunState): Promise<void> {
  if (state.facts?.journal !== true) return;
  const { workflowId, runId, taskQueue } = workflowInfo();
  const { lightsailImdsWriteJournal } = proxyActivities<Pick<ControlActivities, 'lightsailImdsWriteJournal'>>({
    summary: 'undo file',
    taskQueue: controlQueue(taskQueue),
    startToCloseTimeout: '2m',
    scheduleToCloseTimeout: '5m',
    retry: { initialInterval: '500ms', maximumAttempts: 3 },
  });
  try {
    await lightsailImdsWriteJournal({ workflowId, runId });
  } catch (error) {
    if (!(error instanceof ActivityFailure)) throw error;
    state.note(cutReason(`the undo file was not written: ${error.cause?.message ?? error.message}`));
  }
}
