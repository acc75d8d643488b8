import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import { z } from 'zod';

/** One event of a workflow's history. */
export type HistoryEvent = NonNullable<
  NonNullable<Awaited<ReturnType<ReturnType<Client['workflow']['getHandle']>['fetchHistory']>>>['events']
>[number];

type Payloads = NonNullable<NonNullable<HistoryEvent['workflowExecutionStartedEventAttributes']>['input']>;

/** The events of one run, oldest first; undefined where the server has none of it, any more or at all. */
export async function eventsOf(
  client: Client,
  workflowId: string,
  runId: string,
): Promise<readonly HistoryEvent[] | undefined> {
  try {
    return (await client.workflow.getHandle(workflowId, runId).fetchHistory()).events ?? [];
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
}

/** One of some payloads, the first by default, through the client's own data converter; undefined where there is none. */
export async function readPayload(client: Client, payloads: Payloads | null | undefined, index = 0): Promise<unknown> {
  const first = payloads?.payloads?.[index];
  if (first === undefined) return undefined;
  const { payloadCodecs, payloadConverter } = client.options.loadedDataConverter;
  let decoded = [first];
  // Encoded first to last, so decoded last to first.
  for (const codec of payloadCodecs.toReversed()) decoded = await codec.decode(decoded);
  const [payload] = decoded;
  return payload === undefined ? undefined : payloadConverter.fromPayload<unknown>(payload);
}

/** @returns milliseconds since the epoch */
export function timeOf({ eventTime }: HistoryEvent): number {
  return Number(eventTime?.seconds ?? 0) * 1_000 + Math.floor((eventTime?.nanos ?? 0) / 1_000_000);
}

/** The furthest that a Date can be from the epoch, in milliseconds (ECMA-262, Time Values). */
const MAX_TIME = 8.64e15;

/** A time in a payload, in milliseconds since the epoch: whatever somebody has written there, it can be shown. */
export const instantSchema = z.number().min(-MAX_TIME).max(MAX_TIME);
