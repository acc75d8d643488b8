import type { Client } from '@temporalio/client';
import { z } from 'zod';
import { TARGET_FAILED } from '../rollout/outcome.js';
import { eventsOf, type HistoryEvent, readPayload } from './events.js';
import { APPLY, BATCH_TYPE, RESTORE, REVERT_SIGNAL } from './names.js';

/** A target that failed, or that couldn't be taken back, and why. Text of AWS and of people, as it came. */
export interface FailureEntry {
  readonly arn: string;
  readonly name: string;
  /** @example 'failed(api-error)' */
  readonly outcome: string;
  readonly detail: string;
}

const targetSchema = z.object({ arn: z.string(), name: z.string() });
const batchSchema = z.object({ targets: z.array(targetSchema) });
const activitySchema = z.object({ target: targetSchema });
const outcomeSchema = z.object({ kind: z.string(), reason: z.string().optional() });
const resultSchema = z.object({
  outcome: outcomeSchema,
  detail: z.string().optional(),
  restore: z.object({ outcome: outcomeSchema, detail: z.string().optional() }).optional(),
});
const resultsSchema = z.object({ results: z.array(resultSchema.nullable()) });
const ordersSchema = z.array(z.object({ arn: z.string(), reason: z.string(), detail: z.string(), count: z.boolean() }));

type Result = z.infer<typeof resultSchema>;
type Target = z.infer<typeof targetSchema>;

/**
 * The last targets that failed in a run, last one last: those of batches that have closed from its own history, those of
 * the one that runs from the batch's. Each failure stands there when it happens, and in a result only at the end.
 *
 * @param limit - at most so many
 */
export async function readFailures(
  client: Client,
  { workflowId, runId }: { readonly workflowId: string; readonly runId: string },
  limit: number,
): Promise<FailureEntry[]> {
  const events = (await eventsOf(client, workflowId, runId)) ?? [];
  const found: FailureEntry[] = [];
  for (const batch of batchesOf(events).toReversed()) {
    if (found.length >= limit) break;
    const failures = batch.isOpen ? await ofOpenBatch(client, batch) : await ofClosedBatch(client, batch);
    found.unshift(...failures.slice(-(limit - found.length)));
  }
  return found;
}

interface Batch {
  readonly initiated: HistoryEvent;
  readonly completed: HistoryEvent | undefined;
  readonly isOpen: boolean;
  readonly runId: string | undefined;
}

function batchesOf(events: readonly HistoryEvent[]): Batch[] {
  const ends = new Map<string, HistoryEvent>();
  const runIds = new Map<string, string>();
  for (const event of events) {
    const started = event.childWorkflowExecutionStartedEventAttributes;
    if (started) runIds.set(String(started.initiatedEventId), started.workflowExecution?.runId ?? '');
    const ended =
      event.childWorkflowExecutionCompletedEventAttributes ??
      event.childWorkflowExecutionFailedEventAttributes ??
      event.childWorkflowExecutionCanceledEventAttributes ??
      event.childWorkflowExecutionTerminatedEventAttributes ??
      event.childWorkflowExecutionTimedOutEventAttributes ??
      event.startChildWorkflowExecutionFailedEventAttributes;
    if (ended) ends.set(String(ended.initiatedEventId), event);
  }
  return events
    .filter(
      ({ startChildWorkflowExecutionInitiatedEventAttributes: child }) => child?.workflowType?.name === BATCH_TYPE,
    )
    .map((initiated) => {
      const id = String(initiated.eventId);
      return { initiated, completed: ends.get(id), isOpen: !ends.has(id), runId: runIds.get(id) };
    });
}

/** Its input and its result stand in the history of whoever started it. */
async function ofClosedBatch(client: Client, { initiated, completed }: Batch): Promise<FailureEntry[]> {
  const result = completed?.childWorkflowExecutionCompletedEventAttributes?.result;
  const { results = [] } = resultsSchema.safeParse(await readPayload(client, result)).data ?? {};
  if (!results.some((each) => each !== null && describeFailure(each) !== undefined)) return [];
  const input = initiated.startChildWorkflowExecutionInitiatedEventAttributes?.input;
  const { targets = [] } = batchSchema.safeParse(await readPayload(client, input)).data ?? {};
  return results.flatMap((each, index) => {
    const target = targets[index];
    return each === null || target === undefined ? [] : entryOf(target, each);
  });
}

/** What has become of its targets so far stands in its own history. */
async function ofOpenBatch(client: Client, { initiated, runId }: Batch): Promise<FailureEntry[]> {
  const { workflowId } = initiated.startChildWorkflowExecutionInitiatedEventAttributes ?? {};
  if (!workflowId || !runId) return [];
  const scheduled = new Map<string, { readonly type: string; readonly target: Target }>();
  const names = new Map<string, string>();
  const entries = new Map<string, FailureEntry>();
  for (const event of (await eventsOf(client, workflowId, runId)) ?? []) {
    const begun = event.activityTaskScheduledEventAttributes;
    const type = begun?.activityType?.name ?? '';
    if (begun && (type === APPLY || type === RESTORE)) {
      const { target } = activitySchema.safeParse(await readPayload(client, begun.input)).data ?? {};
      if (target === undefined) continue;
      scheduled.set(String(event.eventId), { type, target });
      names.set(target.arn, target.name);
      continue;
    }
    for (const entry of await ordersOf(client, event, names)) entries.set(entry.arn, entry);
    const ended = event.activityTaskCompletedEventAttributes ?? event.activityTaskFailedEventAttributes;
    const activity = scheduled.get(String(ended?.scheduledEventId));
    if (activity === undefined) continue;
    const result = await resultOf(client, event, activity.type);
    for (const entry of result === undefined ? [] : entryOf(activity.target, result)) entries.set(entry.arn, entry);
  }
  return [...entries.values()];
}

/** Targets of a running batch that fail their health checks, or that an operator takes back. */
async function ordersOf(
  client: Client,
  event: HistoryEvent,
  names: ReadonlyMap<string, string>,
): Promise<FailureEntry[]> {
  const signal = event.workflowExecutionSignaledEventAttributes;
  if (signal?.signalName !== REVERT_SIGNAL) return [];
  const orders = ordersSchema.safeParse(await readPayload(client, signal.input)).data ?? [];
  return orders.flatMap(({ arn, reason, detail, count }) => {
    const name = names.get(arn);
    return count && name !== undefined ? [{ arn, name, outcome: `failed(${reason})`, detail }] : [];
  });
}

async function resultOf(client: Client, event: HistoryEvent, type: string): Promise<Result | undefined> {
  const completed = event.activityTaskCompletedEventAttributes;
  if (completed) return resultSchema.safeParse(await readPayload(client, completed.result)).data;
  const failure = event.activityTaskFailedEventAttributes?.failure;
  const info = failure?.applicationFailureInfo;
  const said = z.object({ detail: z.string() }).safeParse(await readPayload(client, info?.details)).data?.detail;
  const reason = info?.type === TARGET_FAILED ? 'api-error' : 'unexpected';
  const outcome = type === APPLY ? { kind: 'failed', reason } : { kind: 'restore-failed' };
  return { outcome, detail: said ?? failure?.message ?? '' };
}

function entryOf({ arn, name }: Target, result: Result): FailureEntry[] {
  const said = describeFailure(result);
  return said === undefined ? [] : [{ arn, name, ...said }];
}

function describeFailure({ outcome, detail, restore }: Result): Pick<FailureEntry, 'outcome' | 'detail'> | undefined {
  if (restore?.outcome.kind === 'restore-failed') return { outcome: 'restore-failed', detail: restore.detail ?? '' };
  if (outcome.kind !== 'failed' && outcome.kind !== 'restore-failed') return undefined;
  const why = outcome.reason === undefined ? '' : `(${outcome.reason})`;
  return { outcome: `${outcome.kind}${why}`, detail: detail ?? '' };
}
