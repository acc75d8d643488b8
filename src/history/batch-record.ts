import type { Client } from '@temporalio/client';
import { z } from 'zod';
import type { Target } from '../rollout/target.js';
import { batchTargetSchema, type UndoRecord } from '../rollout/undo.js';
import { readTargetEvents } from './activities.js';
import { eventsOf, readPayload } from './events.js';
import { instancesOf, valuesOf } from './packed.js';
import type { BatchRef } from './rollout-record.js';
import { chainOf, describe, type RunHistory, runsOf } from './runs.js';

const inputSchema = z.object({ mode: z.enum(['apply', 'restore']), targets: instancesOf(batchTargetSchema) });

const resultSchema = z.object({
  results: valuesOf(
    z
      .object({
        wrote: z.boolean().optional(),
        confirmed: z.literal(true).optional(),
        outcome: z.object({ kind: z.string() }),
        restore: z.object({ outcome: z.object({ kind: z.string() }) }).optional(),
      })
      .nullable(),
  ),
});

/**
 * What one batch has done to its targets, from its own history, in whatever state it was left; or from its parent's
 * where the batch's is gone, which may well be the first to go.
 *
 * @returns one record for each run of the batch; none where it never began
 */
export async function readBatch(client: Client, rolloutId: string, batch: BatchRef): Promise<UndoRecord[]> {
  return readUndoRecords(client, rolloutId, batch, await runsOfBatch(client, batch));
}

/** The same, where the runs of the batch are at hand. */
export async function readUndoRecords(
  client: Client,
  rolloutId: string,
  batch: BatchRef,
  runs: readonly RunHistory[],
): Promise<UndoRecord[]> {
  const records: UndoRecord[] = [];
  for (const { events } of runs) {
    const input = await readPayload(client, events[0]?.workflowExecutionStartedEventAttributes?.input);
    const { data } = inputSchema.safeParse(input);
    if (data === undefined) continue;
    const { changed, restored, confirmed } = await readTargetEvents(client, events);
    records.push(
      record(
        batch,
        data.targets.filter(({ arn }) => changed.has(arn)),
        restored.map(({ arn }) => arn),
        [...confirmed],
      ),
    );
  }
  return records.length > 0 ? records : readFromParent(client, rolloutId, batch);
}

/** All runs of a batch that the server still has. */
export async function runsOfBatch(client: Client, { workflowId, runId }: BatchRef): Promise<readonly RunHistory[]> {
  const latest = await describe(client, workflowId);
  const own = runId === undefined ? latest : await describe(client, workflowId, runId);
  if (own === undefined) return [];
  const isSameChain = latest !== undefined && chainOf(latest) === chainOf(own);
  const { runs } = await runsOf(client, workflowId, isSameChain ? [own.runId, latest.runId] : [own.runId]);
  return runs;
}

async function readFromParent(client: Client, rolloutId: string, batch: BatchRef): Promise<UndoRecord[]> {
  const events = (await eventsOf(client, rolloutId, batch.parentRunId)) ?? [];
  const initiated = events.find(
    ({ startChildWorkflowExecutionInitiatedEventAttributes: child }) => child?.workflowId === batch.workflowId,
  );
  const input = await readPayload(client, initiated?.startChildWorkflowExecutionInitiatedEventAttributes?.input);
  const { data } = inputSchema.safeParse(input);
  if (data === undefined) return [];
  const { mode, targets } = data;
  const completed = events.find(
    ({ childWorkflowExecutionCompletedEventAttributes: child }) =>
      child && String(child.initiatedEventId) === String(initiated?.eventId),
  );
  const result = await readPayload(client, completed?.childWorkflowExecutionCompletedEventAttributes?.result);
  const results = resultSchema.safeParse(result).data?.results ?? [];
  const kindOf = (index: number) => {
    const entry = results[index];
    return mode === 'restore' ? entry?.outcome.kind : entry?.restore?.outcome.kind;
  };
  const restored = targets.filter((_, index) => kindOf(index) === 'restored').map(({ arn }) => arn);
  // Without a result any of them may have been changed.
  const mayStand = (index: number) => results[index]?.wrote !== false && kindOf(index) !== 'restored';
  const changed = mode === 'restore' ? [] : targets.filter((_, index) => mayStand(index));
  const confirmed = targets.filter((_, index) => results[index]?.confirmed === true).map(({ arn }) => arn);
  return [record(batch, changed, restored, confirmed)];
}

function record(
  { at, stage }: BatchRef,
  changed: readonly Target[],
  restored: readonly string[],
  confirmed: readonly string[],
): UndoRecord {
  const isChanged = new Set(changed.map(({ arn }) => arn));
  return { at, stage, changed, restored, confirmed: confirmed.filter((arn) => isChanged.has(arn)) };
}
