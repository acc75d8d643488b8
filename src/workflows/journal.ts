import { ActivityFailure, condition, proxyActivities, workflowInfo } from '@temporalio/workflow';
import type { ControlActivities } from '../activities/index.js';
import { cutReason } from '../rollout/outcome.js';
import { controlQueue } from '../rollout/queues.js';
import { waitForJournal } from './holds.js';
import type { RunState } from './run-state.js';

/**
 * Keeps what takes the rollout back once its history is gone, where the worker has a place for it. A file that can't be
 * written fails no rollout: status, result and a notification say so.
 */
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
    if (state.journal !== undefined) state.note('the undo file is written again');
    state.journal = undefined;
    state.show();
  } catch (error) {
    if (!(error instanceof ActivityFailure)) throw error;
    const why = cutReason(`the undo file was not written: ${error.cause?.message ?? error.message}`);
    if (state.journal === undefined) state.note(why);
    state.journal = why;
    state.show();
  }
}

/** Between two attempts to write what a rollout waits for, in milliseconds. */
const RETRY_AFTER = { first: 15_000, longest: 600_000 } as const;

/** The same before more is changed: where the worker requires the file, the rollout waits until it is written. */
export async function secureJournal(state: RunState): Promise<void> {
  await writeJournal(state);
  if (state.facts?.journalRequired !== true || state.journal === undefined) return;
  let isOver = false;
  const retrying = async () => {
    for (let patience: number = RETRY_AFTER.first; ; patience = Math.min(RETRY_AFTER.longest, 2 * patience)) {
      if (await condition(() => isOver, patience, { summary: 'until the undo file is tried again' })) return;
      await writeJournal(state);
    }
  };
  void retrying();
  await waitForJournal(state, state.journal);
  isOver = true;
}
