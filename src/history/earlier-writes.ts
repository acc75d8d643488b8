import type { Client } from '@temporalio/client';
import { type UndoRecord, undoLog } from '../rollout/undo.js';
import { readTargetEvents } from './activities.js';
import { readUndoRecords, runsOfBatch } from './batch-record.js';
import { type BatchRef, batchesOf, distinct, readChain } from './rollout-record.js';
import { chainOf, describe, type RunHistory } from './runs.js';
import { restoredBySelf } from './undo.js';

/** What a rollout may have written before one run of one of its batches. */
export interface EarlierWrites {
  /** ARNs of targets that may stand changed. */
  readonly arns: ReadonlySet<string>;
  /** False where the history of an earlier run is gone: then any target may have been written to. */
  readonly isWhole: boolean;
}

const NOTHING: EarlierWrites = { arns: new Set(), isWhole: true };

/**
 * Reads what earlier runs of a batch, and batches of earlier runs of its rollout, may have changed. Only a reset makes
 * such runs: of all others no history is read.
 */
export async function readEarlierWrites(client: Client, workflowId: string, runId: string): Promise<EarlierWrites> {
  const batch = await describe(client, workflowId, runId);
  if (batch === undefined) return { arns: new Set(), isWhole: false };
  const parent = batch.raw.workflowExecutionInfo?.parentExecution;
  const rollout = parent?.workflowId ? await describe(client, parent.workflowId, parent.runId || undefined) : undefined;
  const isFirst = chainOf(batch) === runId && (rollout === undefined || chainOf(rollout) === rollout.runId);
  if (isFirst) return NOTHING;
  const chains = [await readChain(client, workflowId, runId)];
  const [own] = chains;
  const seen = new Set([runId]);
  const records: UndoRecord[] = [];
  const add = async (ref: BatchRef, runs: readonly RunHistory[]) => {
    const others = runs.filter((run) => !seen.has(run.runId));
    for (const run of others) seen.add(run.runId);
    // A batch without any history has its input, and its result, in that of its rollout.
    if (others.length > 0 || runs.length === 0)
      records.push(...(await readUndoRecords(client, rollout?.workflowId ?? '', ref, others)));
  };
  if (rollout !== undefined) {
    const chain = await readChain(client, rollout.workflowId, rollout.runId);
    chains.push(chain);
    const events = await Promise.all(chain.runs.map((run) => readTargetEvents(client, run.events)));
    records.push(...restoredBySelf({ restored: events.flatMap(({ restored }) => restored) }));
    for (const ref of distinct(chain.runs.flatMap(batchesOf))) await add(ref, await runsOfBatch(client, ref));
  }
  // A batch that was reset twice from the same run is named by neither of the two that were made from it.
  const at = batch.startTime.getTime();
  await add({ workflowId, runId, stage: '', at, parentRunId: parent?.runId ?? '' }, own?.runs ?? []);
  return {
    arns: new Set(undoLog(records).map(({ target }) => target.arn)),
    isWhole: chains.every(({ gone }) => gone.length === 0),
  };
}
