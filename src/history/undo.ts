import type { Client } from '@temporalio/client';
import { DEFAULT_RESTORE_SETTINGS, type RolloutRef, restoreSettingsOf } from '../rollout/rollback.js';
import { type UndoEntry, type UndoRecord, undoLog } from '../rollout/undo.js';
import { UNDO_FORMAT, type UndoFile } from '../rollout/undo-file.js';
import { readBatch } from './batch-record.js';
import { type RolloutRecord, readRollout } from './rollout-record.js';

/** What histories say of rollouts, and of what may still stand changed of them. */
export interface UndoReading {
  readonly rollouts: readonly RolloutRecord[];
  /** First changed first. */
  readonly entries: readonly UndoEntry[];
}

/**
 * Reads what a rollback of these would take back; changes nothing. Of a rollout that is still open, what it has changed
 * so far.
 *
 * @throws HistoryGoneError, NothingToRollBackError
 */
export async function readUndo(client: Client, refs: readonly RolloutRef[]): Promise<UndoReading> {
  const rollouts: RolloutRecord[] = [];
  const records: UndoRecord[] = [];
  for (const { workflowId, runId } of refs) {
    const rollout = await readRollout(client, workflowId, runId);
    rollouts.push(rollout);
    records.push(...restoredBySelf(rollout));
    for (const batch of rollout.batches) records.push(...(await readBatch(client, workflowId, batch)));
  }
  return { rollouts, entries: undoLog(records) };
}

/** What a rollout has taken back itself, target by target. */
export function restoredBySelf({ restored }: Pick<RolloutRecord, 'restored'>): UndoRecord[] {
  return restored.map(({ arn, at }) => ({ at, stage: '', changed: [], restored: [arn] }));
}

/** What takes a rollout back without its history. @throws HistoryGoneError, NothingToRollBackError */
export async function readUndoFile(client: Client, ref: RolloutRef): Promise<UndoFile> {
  const { rollouts, entries } = await readUndo(client, [ref]);
  const [rollout] = rollouts;
  const spec = rollout?.spec;
  return {
    format: UNDO_FORMAT,
    rollout: {
      workflowId: ref.workflowId,
      runId: rollout?.runId ?? ref.runId ?? '',
      ...(spec !== undefined && { name: spec.name }),
      ...(rollout !== undefined && { taskQueue: rollout.taskQueue }),
    },
    writtenAt: new Date().toISOString(),
    restore: spec === undefined ? DEFAULT_RESTORE_SETTINGS : restoreSettingsOf(spec),
    entries,
  };
}
