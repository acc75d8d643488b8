import { CancellationScope, condition, isCancellation, sleep, workflowInfo } from '@temporalio/workflow';
import type { RolloutToUndo } from '../activities/index.js';
import { DEFAULT_RESTORE_SETTINGS, type RestoreSettings, type RolloutRef } from '../rollout/rollback.js';
import type { RolloutSpec } from '../rollout/spec.js';
import { countOf } from '../rollout/status.js';
import { asConfirmed, type UndoEntry, type UndoRecord, undoLog, unpackUndoRecord } from '../rollout/undo.js';
import { awaitBatches, controlActivities, HEARTBEAT_TIMEOUT, throwingItsCause } from './activity-options.js';
import { isoTime, now } from './clock.js';
import type { RunState } from './run-state.js';

/** What is to be taken back, and how. */
export interface Undo {
  /** For a person. */
  readonly name: string;
  readonly entries: readonly UndoEntry[];
  readonly restore: RestoreSettings;
  readonly notify?: RolloutSpec['notify'];
  readonly credentials?: RolloutSpec['credentials'];
  readonly warnings: readonly string[];
}

/**
 * Reads from histories what rollouts have changed, once nothing of them is under way any more.
 *
 * @throws ApplicationFailure of type `HistoryGone`, `NothingToRollBack` or `RolloutOpen`
 */
export async function readUndo(state: RunState, refs: readonly RolloutRef[]): Promise<Undo> {
  const rollouts: RolloutToUndo[] = [];
  for (const ref of refs) {
    const { lightsailImdsReadRollout } = controlActivities(`read ${ref.workflowId}`);
    rollouts.push(await throwingItsCause(lightsailImdsReadRollout(ref)));
  }
  await drained(state, rollouts);
  const records: UndoRecord[] = rollouts.flatMap(({ restored }) => restored);
  for (const { workflowId, batches } of rollouts) records.push(...(await readBatches(state, workflowId, batches)));
  const [first] = rollouts;
  return {
    name: rollouts.map(({ name, workflowId }) => name ?? workflowId).join(', '),
    entries: await confirmEarlier(state, records),
    restore: first?.restore ?? DEFAULT_RESTORE_SETTINGS,
    warnings: rollouts.flatMap(({ workflowId, gone }) =>
      gone.length === 0
        ? []
        : [
            `the history of ${countOf(gone.length, 'earlier run')} of ${workflowId} is gone: what only they changed is not known`,
          ],
    ),
    ...(first?.notify !== undefined && { notify: first.notify }),
    ...(first?.credentials !== undefined && { credentials: first.credentials }),
  };
}

/**
 * The undo log of these records, with what earlier rollbacks have restored. Only a target that isn't confirmed needs
 * their word.
 */
export async function confirmEarlier(state: RunState, records: readonly UndoRecord[]): Promise<UndoEntry[]> {
  const entries = undoLog(records);
  if (state.stop !== undefined || entries.every(({ confirmed }) => confirmed)) return entries;
  const { workflowId: rollout } = workflowInfo();
  const read = controlActivities('what earlier rollbacks have restored').lightsailImdsReadEarlierRollbacks();
  const { batches } = await throwingItsCause(read);
  const restores = await readBatches(state, rollout, batches);
  return undoLog([...records, ...asConfirmed(restores)]);
}

/** What these batches have changed, one after the other, up to a stop. @param rollout - the workflow ID that they belong to */
async function readBatches(state: RunState, rollout: string, batches: RolloutToUndo['batches']): Promise<UndoRecord[]> {
  const records: UndoRecord[] = [];
  for (const batch of batches) {
    if (state.stop !== undefined) break;
    const { lightsailImdsReadBatch } = controlActivities(`read ${batch.workflowId}`);
    const packed = await throwingItsCause(lightsailImdsReadBatch({ rollout, batch }));
    records.push(...packed.map(unpackUndoRecord));
  }
  return records;
}

/** Waits until every batch has finished what it began, and until whatever was cut off has noticed that it is alone. */
async function drained(state: RunState, rollouts: readonly RolloutToUndo[]): Promise<void> {
  const batches = rollouts.flatMap((rollout) => rollout.batches.map(({ workflowId }) => ({ workflowId })));
  const ends = rollouts.map(({ cutOffAt = 0 }) => cutOffAt);
  const scope = new CancellationScope();
  const waiting = scope.run(async () => {
    const { cutOffAt = 0 } = await throwingItsCause(awaitBatches({ batches }));
    const until = Math.max(cutOffAt, ...ends) + HEARTBEAT_TIMEOUT;
    if (until > now()) await sleep(until - now(), { summary: 'lets what was cut off drain' });
  });
  state.wait({ for: 'lease', since: isoTime(now()), reason: 'what the rollout has begun is finished first' });
  await Promise.race([waiting, condition(() => state.stop !== undefined)]).finally(() => state.wait(null));
  scope.cancel();
  await waiting.catch((error: unknown) => {
    if (!isCancellation(error)) throw error;
  });
}
