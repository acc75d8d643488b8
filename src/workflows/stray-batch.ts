import { getExternalWorkflowHandle, workflowInfo } from '@temporalio/workflow';
import { LAST_ORDER } from '../rollout/batch.js';
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
  await stopStray(batch);
  const reason = `the run was reset while its batch ${batch} was open: that batch finishes what it began; then roll it back, or start again`;
  state.halt({ reason, restore: false, adrift: true });
}

/** It belongs to the run before the reset, and takes orders from anybody: it stops, and finishes what it began. */
export async function stopStray(batch: string): Promise<void> {
  await getExternalWorkflowHandle(batch)
    .signal(holdSignal, LAST_ORDER)
    .catch(() => undefined);
}
