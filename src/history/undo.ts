import type { Client } from '@temporalio/client';
import { addChecksum } from '../rollout/checksum.js';
import { DEFAULT_RESTORE_SETTINGS, type RolloutRef, restoreSettingsOf } from '../rollout/rollback.js';
import { type UndoEntry, type UndoRecord, undoLog } from '../rollout/undo.js';
import { UNDO_FORMAT, type UndoFile } from '../rollout/undo-file.js';
import { readBatch } from './batch-record.js';
import { HistoryGoneError } from './errors.js';
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
  return restored.map(({ arn, at }) => ({ at, stage: '', changed: [], restored: [arn], confirmed: [] }));
}

/** What takes a rollout back without its history. @throws HistoryGoneError, NothingToRollBackError */
export async function readUndoFile(client: Client, ref: RolloutRef): Promise<UndoFile> {
  return (await readRolloutWithUndo(client, ref)).undo;
}

/** The same, with what else the histories say of the rollout, in one reading. */
async function readRolloutWithUndo(
  client: Client,
  ref: RolloutRef,
): Promise<{ readonly rollout: RolloutRecord; readonly undo: UndoFile }> {
  const { rollouts, entries } = await readUndo(client, [ref]);
  const [rollout] = rollouts;
  if (rollout === undefined) throw new HistoryGoneError(ref.workflowId, ref.runId);
  return { rollout, undo: undoFileOf(rollout, entries) };
}

/** @param entries - first changed first */
export function undoFileOf(rollout: RolloutRecord, entries: readonly UndoEntry[]): UndoFile {
  const { workflowId, runId, taskQueue, spec } = rollout;
  return addChecksum({
    format: UNDO_FORMAT,
    rollout: { workflowId, runId, ...(spec !== undefined && { name: spec.name }), taskQueue },
    writtenAt: new Date().toISOString(),
    restore: spec === undefined ? DEFAULT_RESTORE_SETTINGS : restoreSettingsOf(spec),
    entries,
  });
}
