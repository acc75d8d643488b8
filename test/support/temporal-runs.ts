import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { promisify } from 'node:util';
import type { WorkflowHandle } from '@temporalio/client';
import type { RolloutHandle } from '../../src/client/index.js';
import { resolveTemporalServer } from '../../src/server/index.js';
import { temporal } from './temporal.js';
import { waitUntil } from './wait.js';
import type { World } from './world.js';

/** The open children of a workflow whose IDs begin so. */
export async function childrenOf(world: World, workflowId: string, prefix: string): Promise<string[]> {
  const { raw } = await world.client.workflow.getHandle(workflowId).describe();
  return (raw.pendingChildren ?? []).flatMap((child) =>
    child.workflowId?.startsWith(prefix) ? [child.workflowId] : [],
  );
}

/** What the signals between the workflows of a rollout name, where it was not reset. */
export async function runIdOf(world: World, { workflowId }: Pick<RolloutHandle, 'workflowId'>): Promise<string> {
  return (await world.client.workflow.getHandle(workflowId).describe()).runId;
}

/** The batch that runs now; waits for it. */
export async function runningBatch(world: World, rollout: RolloutHandle): Promise<string> {
  let batch: string | undefined;
  await waitUntil('a batch runs', async () => {
    [batch] = await childrenOf(world, rollout.workflowId, `${rollout.workflowId}/`);
    return batch !== undefined;
  });
  return batch ?? '';
}

/**
 * Waits until the batch has been told to begin nothing more. While all that it has begun is held, it obeys before anything
 * else can begin.
 */
export async function untilTold(world: World, batch: string): Promise<void> {
  await waitUntil('the batch is told to stop', async () => {
    const { events } = await world.client.workflow.getHandle(batch).fetchHistory();
    return (events ?? []).some(
      ({ workflowExecutionSignaledEventAttributes: signal, workflowExecutionCancelRequestedEventAttributes: cancel }) =>
        cancel || signal?.signalName === 'hold',
    );
  });
}

export function leaseOf(world: World, region = 'us-east-1'): string {
  return `imds-rollout-lease:${world.account}:${region}`;
}

/** Whether a workflow of that ID is open. */
export async function isOpen(world: World, workflowId: string): Promise<boolean> {
  try {
    return (await world.client.workflow.getHandle(workflowId).describe()).closeTime === undefined;
  } catch (error) {
    if (error instanceof Error && error.name === 'WorkflowNotFoundError') return false;
    throw error;
  }
}

type History = Awaited<ReturnType<WorkflowHandle['fetchHistory']>>;
export type EventId = NonNullable<NonNullable<NonNullable<History['events']>[number]['eventId']>>;

const RESET_REAPPLY_EXCLUDE_UPDATE = 2;

/** As an admin does: the run is ended, and a new one goes on from the end of its first workflow task, or of another. */
export async function resetRun(
  world: World,
  rollout: RolloutHandle,
  pick: (completedTasks: readonly EventId[]) => EventId | undefined,
  reapplied: 'all' | 'without updates' = 'all',
): Promise<void> {
  const { events } = await world.client.workflow.getHandle(rollout.workflowId, rollout.runId).fetchHistory();
  const completed = (events ?? []).flatMap((event) =>
    event.workflowTaskCompletedEventAttributes && event.eventId ? [event.eventId] : [],
  );
  await world.client.workflowService.resetWorkflowExecution({
    namespace: temporal().namespace,
    workflowExecution: { workflowId: rollout.workflowId, runId: rollout.runId ?? '' },
    workflowTaskFinishEventId: pick(completed) ?? null,
    requestId: randomUUID(),
    reason: 'test',
    ...(reapplied === 'without updates' && { resetReapplyExcludeTypes: [RESET_REAPPLY_EXCLUDE_UPDATE] }),
  });
}

/** Runs the Temporal CLI against the world's server, as somebody does who has nothing else. @returns what it prints */
export async function temporalCli(world: World, ...args: readonly string[]): Promise<string> {
  const cli = await resolveTemporalServer({ ownServer: true });
  if (cli.kind !== 'executable') throw new Error('there is no Temporal CLI');
  const { address, namespace } = world.temporal;
  const { stdout } = await promisify(execFile)(cli.path, [...args, '--address', address, '--namespace', namespace]);
  return stdout;
}

/** The same with the Temporal CLI; `to` is an event ID, or a place that the CLI knows by name. */
export async function resetByCli(
  world: World,
  { workflowId }: Pick<RolloutHandle, 'workflowId'>,
  to: EventId | 'FirstWorkflowTask' | 'LastWorkflowTask',
): Promise<void> {
  const place = typeof to === 'string' && to.endsWith('Task') ? ['--type', to] : ['--event-id', String(to)];
  await temporalCli(world, 'workflow', 'reset', '--workflow-id', workflowId, ...place, '--reason', 'test');
}

/** The end of the last workflow task before the one that started the batch. */
export async function taskBeforeBatch(world: World, workflowId: string): Promise<EventId> {
  const { events } = await world.client.workflow.getHandle(workflowId).fetchHistory();
  const initiated = events?.find(({ startChildWorkflowExecutionInitiatedEventAttributes: child }) =>
    child?.workflowId?.startsWith(`${workflowId}/`),
  );
  const completed = (events ?? []).flatMap((event) =>
    event.workflowTaskCompletedEventAttributes && event.eventId ? [event.eventId] : [],
  );
  const before = completed.filter((id) => Number(id) < Number(initiated?.eventId)).at(-1);
  if (before === undefined) throw new Error('no task came before the batch');
  return before;
}

/** What workflow tasks have failed with in our code, again and again for a plain error. A reset or a race isn't that. */
export async function failedTasks(world: World, workflowId: string): Promise<string[]> {
  const { events } = await world.client.workflow.getHandle(workflowId).fetchHistory();
  return (events ?? []).flatMap(({ workflowTaskFailedEventAttributes: failed }) =>
    failed?.failure?.source === 'TypeScriptSDK' ? [failed.failure.message ?? ''] : [],
  );
}
