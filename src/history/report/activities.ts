import type { Client } from '@temporalio/client';
import { type HistoryEvent, readPayload, timeOf } from '../events.js';

/** One activity of a run, with what is known of its end. Times in milliseconds since the epoch. */
export interface ActivityRecord {
  readonly type: string;
  readonly eventId: number;
  readonly input: unknown;
  readonly at: number;
  /** Missing while it is pending. */
  end?: ActivityEnd;
}

interface ActivityEnd {
  readonly at: number;
  /** When its last attempt began; missing where none did. */
  readonly startedAt?: number;
  /** Of one that has completed. */
  readonly result?: unknown;
  /** Of one that has failed: the cause's type and first detail. */
  readonly failure?: { readonly type: string; readonly message: string; readonly detail: unknown };
}

/** The activities of these types in one run, in the order in which they were scheduled. */
export async function readActivities(
  client: Client,
  events: readonly HistoryEvent[],
  types: ReadonlySet<string>,
): Promise<ActivityRecord[]> {
  const byEvent = new Map<string, ActivityRecord>();
  const started = new Map<string, number>();
  for (const event of events) {
    const scheduled = event.activityTaskScheduledEventAttributes;
    const type = scheduled?.activityType?.name ?? '';
    if (scheduled) {
      if (!types.has(type)) continue;
      const input = await readPayload(client, scheduled.input);
      byEvent.set(String(event.eventId), { type, eventId: Number(event.eventId), input, at: timeOf(event) });
      continue;
    }
    const begun = event.activityTaskStartedEventAttributes;
    if (begun) started.set(String(begun.scheduledEventId), timeOf(event));
    const ended =
      event.activityTaskCompletedEventAttributes ??
      event.activityTaskFailedEventAttributes ??
      event.activityTaskCanceledEventAttributes ??
      event.activityTaskTimedOutEventAttributes;
    const record = byEvent.get(String(ended?.scheduledEventId));
    if (record === undefined) continue;
    const startedAt = started.get(String(ended?.scheduledEventId));
    record.end = { ...(await readEnd(client, event)), ...(startedAt !== undefined && { startedAt }) };
  }
  return [...byEvent.values()];
}

async function readEnd(client: Client, event: HistoryEvent): Promise<ActivityEnd> {
  const at = timeOf(event);
  const completed = event.activityTaskCompletedEventAttributes;
  if (completed) return { at, result: await readPayload(client, completed.result) };
  const failure = event.activityTaskFailedEventAttributes?.failure;
  if (!failure)
    return { at, failure: { type: 'Cancelled', message: 'it was cancelled, or timed out', detail: undefined } };
  const info = failure.applicationFailureInfo;
  const detail = await readPayload(client, info?.details);
  return { at, failure: { type: info?.type ?? '', message: failure.message ?? '', detail } };
}
