import type { Client } from '@temporalio/client';
import { RESTORE_STAGE } from '../../rollout/spec-schema.js';
import type { UndoRecord } from '../../rollout/undo.js';
import { readUndoRecords, runsOfBatch } from '../batch-record.js';
import { readPayload, timeOf } from '../events.js';
import type { BatchRef } from '../rollout-record.js';
import type { RunHistory } from '../runs.js';
import { addBatchFacts, addBatchFromParent, type FactsByArn } from './batch-facts.js';

export interface BatchesRead {
  readonly facts: FactsByArn;
  readonly records: readonly UndoRecord[];
  /** When each stage had its first batch started and its last one closed; milliseconds since the epoch. */
  readonly stages: ReadonlyMap<string, { readonly startedAt: number; readonly endedAt?: number }>;
  /** IDs of batches whose own histories are gone. */
  readonly gone: readonly string[];
}

/** Reads what the batches of a run have done: one after the other, so that no more than one of them is in memory. */
export async function readBatches(
  client: Client,
  workflowId: string,
  batches: readonly BatchRef[],
  runs: readonly RunHistory[],
): Promise<BatchesRead> {
  const facts: FactsByArn = new Map();
  const records: UndoRecord[] = [];
  const gone: string[] = [];
  const ends = endsOf(runs);
  const stages = new Map<string, { startedAt: number; endedAt?: number }>();
  for (const batch of batches.toSorted((a, b) => a.at - b.at)) {
    const own = await runsOfBatch(client, batch);
    if (own.length > 0) await addBatchFacts(client, facts, batch, own);
    else {
      const { input, result } = await readFromParent(client, batch, runs);
      addBatchFromParent(facts, batch.stage, input, result);
      // Where the parent never came to start it, there is nothing to miss.
      if (batch.runId !== undefined) gone.push(batch.workflowId);
    }
    records.push(...(await readUndoRecords(client, workflowId, batch, own)));
    const { startedAt = batch.at } = stages.get(batch.stage) ?? {};
    const endedAt = ends.get(batch.workflowId);
    stages.set(batch.stage, { startedAt, ...(endedAt !== undefined && { endedAt }) });
  }
  stages.delete(RESTORE_STAGE);
  return { facts, records, stages, gone };
}

/** When a batch has closed, by its workflow ID, as its parent's histories say. */
function endsOf(runs: readonly RunHistory[]): ReadonlyMap<string, number> {
  const ends = new Map<string, number>();
  for (const event of runs.flatMap(({ events }) => events)) {
    const ended =
      event.childWorkflowExecutionCompletedEventAttributes ??
      event.childWorkflowExecutionFailedEventAttributes ??
      event.childWorkflowExecutionCanceledEventAttributes ??
      event.childWorkflowExecutionTerminatedEventAttributes ??
      event.childWorkflowExecutionTimedOutEventAttributes;
    const { workflowId } = ended?.workflowExecution ?? {};
    if (workflowId) ends.set(workflowId, timeOf(event));
  }
  return ends;
}

async function readFromParent(client: Client, { workflowId, parentRunId }: BatchRef, runs: readonly RunHistory[]) {
  const events = runs.find(({ runId }) => runId === parentRunId)?.events ?? [];
  const initiated = events.find(
    ({ startChildWorkflowExecutionInitiatedEventAttributes: child }) => child?.workflowId === workflowId,
  );
  const completed = events.find(
    ({ childWorkflowExecutionCompletedEventAttributes: child }) =>
      child && String(child.initiatedEventId) === String(initiated?.eventId),
  );
  return {
    input: await readPayload(client, initiated?.startChildWorkflowExecutionInitiatedEventAttributes?.input),
    result: await readPayload(client, completed?.childWorkflowExecutionCompletedEventAttributes?.result),
  };
}
