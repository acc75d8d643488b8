import type { World } from './world.js';

/** So many of its last events tell where a run stands. */
const LAST_EVENTS = 6;

/** What the open runs of a world wait for: for a test that has failed, above all one that has waited in vain. */
export async function describeOpenRuns({ client, taskQueue }: Pick<World, 'client' | 'taskQueue'>): Promise<string> {
  const lines: string[] = [];
  const query = `TaskQueue = '${taskQueue}' AND ExecutionStatus = 'Running'`;
  for await (const { workflowId, runId, type } of client.workflow.list({ query })) {
    const handle = client.workflow.getHandle(workflowId, runId);
    const { raw } = await handle.describe();
    lines.push(`${type} ${workflowId} is open:`);
    for (const activity of raw.pendingActivities ?? []) {
      const { activityId, activityType, attempt, state, lastFailure, lastHeartbeatTime } = activity;
      lines.push(
        `  activity ${activityId} ${activityType?.name} state ${state} attempt ${attempt} heartbeat ${timeOf(lastHeartbeatTime)} ${lastFailure?.message ?? ''}`,
      );
    }
    const task = raw.pendingWorkflowTask;
    if (task) lines.push(`  workflow task state ${task.state} attempt ${task.attempt}`);
    const { events } = await handle.fetchHistory();
    for (const { eventId, eventType, eventTime } of (events ?? []).slice(-LAST_EVENTS))
      lines.push(`  event ${eventId} of type ${eventType} at ${timeOf(eventTime)}`);
  }
  return lines.length === 0 ? 'no run is open' : lines.join('\n');
}

function timeOf(time: { readonly seconds?: { toString(): string } | null } | null | undefined): string {
  return time?.seconds ? new Date(Number(time.seconds) * 1_000).toISOString() : 'never';
}
