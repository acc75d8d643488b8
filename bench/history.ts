import type { Client } from '@temporalio/client';

export interface HistoryFigures {
  /** Of the rollout and its batches together. */
  readonly events: number;
  readonly bytes: number;
  /** Of the rollout alone. */
  readonly ownEvents: number;
  readonly ownBytes: number;
  /** Instances whose change was under way at one moment, as the batches' histories tell it. */
  readonly mostInFlight: number;
}

/** What a rollout that has ended has left in the server's histories. */
export async function readHistories(client: Client, workflowId: string): Promise<HistoryFigures> {
  const own = await sizeOf(client, workflowId);
  const query = `WorkflowId STARTS_WITH "${workflowId}/"`;
  const children: Size[] = [];
  const steps: { readonly at: number; readonly by: number }[] = [];
  for await (const child of client.workflow.list({ query })) {
    children.push(await sizeOf(client, child.workflowId));
    steps.push(...(await changesIn(client, child.workflowId)));
  }
  const all = [own, ...children];
  return {
    events: sum(all.map(({ events }) => events)),
    bytes: sum(all.map(({ bytes }) => bytes)),
    ownEvents: own.events,
    ownBytes: own.bytes,
    mostInFlight: highest(steps),
  };
}

interface Size {
  readonly events: number;
  readonly bytes: number;
}

async function sizeOf(client: Client, workflowId: string): Promise<Size> {
  const { historyLength, historySize } = await client.workflow.getHandle(workflowId).describe();
  return { events: historyLength, bytes: historySize ?? 0 };
}

/** Each change from its order to its result, in milliseconds since the epoch. */
async function changesIn(client: Client, workflowId: string) {
  const { events } = await client.workflow.getHandle(workflowId).fetchHistory();
  return (events ?? []).flatMap(({ eventTime, ...event }) => {
    const at = Number(eventTime?.seconds ?? 0) * 1_000 + (eventTime?.nanos ?? 0) / 1e6;
    if (event.activityTaskScheduledEventAttributes) return [{ at, by: 1 }];
    const hasEnded = event.activityTaskCompletedEventAttributes ?? event.activityTaskFailedEventAttributes;
    return hasEnded ? [{ at, by: -1 }] : [];
  });
}

function highest(steps: readonly { readonly at: number; readonly by: number }[]): number {
  let current = 0;
  let most = 0;
  for (const { by } of steps.toSorted((a, b) => a.at - b.at || a.by - b.by)) {
    current += by;
    most = Math.max(most, current);
  }
  return most;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
