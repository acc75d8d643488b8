import { getExternalWorkflowHandle, workflowInfo } from '@temporalio/workflow';
import { controlActivities } from './activity-options.js';
import { holdSignal } from './messages.js';
import type { RunState } from './run-state.js';

/**
 * A batch of an earlier run of this workflow that is still open, by its workflow ID. There can be one only where it was
 * reset; but it has to be asked for always, since a reset run replays what the run before it did.
 */
export async function findStrayBatch(): Promise<string | undefined> {
  const { workflowId, originalExecutionRunId, firstExecutionRunId } = workflowInfo();
  const chain = { workflowId, runId: originalExecutionRunId, chain: firstExecutionRunId };
  const { lightsailImdsFindOpenBatch } = controlActivities('whether a batch of an earlier run is open');
  return (await lightsailImdsFindOpenBatch(chain)).batch;
}

/**
 * Halts a run that comes to its end beside a batch of an earlier run: what that batch still changes stands in no books of
 * this one, so nothing may be said of it, and nothing be taken back beside it. It begins nothing more.
 */
export async function haltBesideStray(state: RunState): Promise<void> {
  const batch = await findStrayBatch();
  if (batch === undefined) return;
  await stopStray(batch, workflowInfo().originalExecutionRunId);
  const reason = `the run was reset while its batch ${batch} was open: that batch finishes what it began; then roll it back, or start again`;
  state.halt({ reason, restore: false, adrift: true });
}

/**
 * Stops a batch of the run before a reset: it finishes what it began.
 *
 * @param run - original run ID of the rollout that the batch belongs to
 */
export async function stopStray(batch: string, run: string): Promise<void> {
  await getExternalWorkflowHandle(batch)
    .signal(holdSignal, { run, number: 0, mode: 'stop' })
    .catch(() => undefined);
}
