import type { Client } from '@temporalio/client';
import { z } from 'zod';
import { TARGET_FAILED } from '../rollout/outcome.js';
import { type HistoryEvent, readPayload, timeOf } from './events.js';
import { APPLY, RESTORE } from './names.js';

/** What the activities of one run say of its targets. */
export interface TargetEvents {
  /** ARNs of the targets that may have been changed and are not known to be back. */
  readonly changed: ReadonlySet<string>;
  /** Targets that were taken back, and when, in milliseconds since the epoch. */
  readonly restored: readonly { readonly arn: string; readonly at: number }[];
  /** ARNs among the changed ones whose change was read back as applied. */
  readonly confirmed: ReadonlySet<string>;
}

const kindSchema = z.object({ kind: z.string() });
const inputSchema = z.object({ target: z.object({ arn: z.string() }) });
const appliedSchema = z.union([
  z.object({ held: z.literal(true), wrote: z.literal(true).optional() }),
  z.object({ wrote: z.boolean(), outcome: kindSchema.optional() }),
]);
const restoredSchema = z.object({ outcome: kindSchema });
const failedSchema = z.object({ wrote: z.boolean() });

/**
 * A target whose apply was scheduled might have been changed, unless its result says that nothing was written: that an
 * activity has started isn't in history while it is pending, and one that was cancelled says nothing of its attempts.
 */
export async function readTargetEvents(client: Client, events: readonly HistoryEvent[]): Promise<TargetEvents> {
  const scheduled = new Map<string, { readonly type: string; readonly arn: string }>();
  const changed = new Set<string>();
  const confirmed = new Set<string>();
  const restored: { arn: string; at: number }[] = [];
  for (const event of events) {
    const begun = event.activityTaskScheduledEventAttributes;
    if (begun) {
      const type = begun.activityType?.name ?? '';
      if (type !== APPLY && type !== RESTORE) continue;
      const arn = inputSchema.safeParse(await readPayload(client, begun.input)).data?.target.arn;
      if (arn === undefined) continue;
      scheduled.set(String(event.eventId), { type, arn });
      if (type === APPLY) {
        changed.add(arn);
        confirmed.delete(arn);
      }
      continue;
    }
    const ended = event.activityTaskCompletedEventAttributes ?? event.activityTaskFailedEventAttributes;
    const activity = scheduled.get(String(ended?.scheduledEventId));
    if (!ended || activity === undefined) continue;
    const { type, arn } = activity;
    if (type === APPLY) {
      const { mayHaveWritten, isConfirmed } = await readApply(client, event);
      if (!mayHaveWritten) changed.delete(arn);
      if (isConfirmed) confirmed.add(arn);
    }
    if (type === RESTORE && (await isRestored(client, event))) {
      changed.delete(arn);
      restored.push({ arn, at: timeOf(event) });
    }
  }
  return { changed, restored, confirmed };
}

/** What the end of an apply says of its target. */
interface AppliedEvent {
  readonly mayHaveWritten: boolean;
  /** Nothing is called changed before it was read back as applied. */
  readonly isConfirmed: boolean;
}

async function readApply(client: Client, event: HistoryEvent): Promise<AppliedEvent> {
  const completed = event.activityTaskCompletedEventAttributes;
  if (completed) {
    const result = appliedSchema.safeParse(await readPayload(client, completed.result)).data;
    const kind = result !== undefined && 'outcome' in result ? result.outcome?.kind : undefined;
    return { mayHaveWritten: result === undefined || result.wrote === true, isConfirmed: kind === 'changed' };
  }
  const failure = event.activityTaskFailedEventAttributes?.failure?.applicationFailureInfo;
  if (failure?.type !== TARGET_FAILED) return { mayHaveWritten: true, isConfirmed: false };
  const failed = failedSchema.safeParse(await readPayload(client, failure.details)).data;
  return { mayHaveWritten: failed?.wrote ?? true, isConfirmed: false };
}

async function isRestored(client: Client, event: HistoryEvent): Promise<boolean> {
  const result = await readPayload(client, event.activityTaskCompletedEventAttributes?.result);
  return restoredSchema.safeParse(result).data?.outcome.kind === 'restored';
}
