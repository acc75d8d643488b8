import { setTimeout as delay } from 'node:timers/promises';
import { ApplicationFailure, Context } from '@temporalio/activity';
import {
  type BatchRef,
  cutOffAt,
  describe,
  HistoryGoneError,
  NothingToRollBackError,
  type RolloutRecord,
  readBatch,
  readEarlierBatches,
  readRollout,
  restoredBySelf,
} from '../history/index.js';
import { wellFormed } from '../rollout/clean.js';
import { type RestoreSettings, type RolloutRef, restoreSettingsOf } from '../rollout/rollback.js';
import type { RolloutSpec } from '../rollout/spec.js';
import { type PackedUndoRecord, packUndoRecord, type UndoRecord } from '../rollout/undo.js';

/**
 * What a rollback has to know of a rollout.
 *
 * @internal
 */
export interface RolloutToUndo extends Pick<RolloutRecord, 'workflowId' | 'runId' | 'batches' | 'gone'> {
  /** The spec's name; missing where the spec can't be read. */
  readonly name?: string;
  readonly restore?: RestoreSettings;
  readonly notify?: RolloutSpec['notify'];
  readonly credentials?: RolloutSpec['credentials'];
  readonly restored: readonly UndoRecord[];
  /** When it was cut off, so that an activity of it may still run: for one heartbeat timeout at most; milliseconds since the epoch. */
  readonly cutOffAt?: number;
}

/**
 * Reads which batches a rollout has run, of all its runs where it was reset.
 *
 * @throws ApplicationFailure of type `HistoryGone`, `NothingToRollBack`, or `RolloutOpen` where it still runs
 */
export async function lightsailImdsReadRollout({ workflowId, runId }: RolloutRef): Promise<RolloutToUndo> {
  const { client } = Context.current();
  const record = await readRollout(client, workflowId, runId).catch((error: unknown) => {
    if (error instanceof HistoryGoneError || error instanceof NothingToRollBackError)
      throw ApplicationFailure.nonRetryable(wellFormed(error.message), error.type);
    throw error;
  });
  const { spec, status, batches, gone } = record;
  if (status === 'RUNNING') {
    throw ApplicationFailure.nonRetryable(
      `${workflowId} is still open: abort it with mode rollback, which takes it back, or wait for its end.`,
      'RolloutOpen',
    );
  }
  return {
    workflowId,
    runId: record.runId,
    batches,
    gone,
    restored: restoredBySelf(record),
    ...(record.cutOffAt !== undefined && { cutOffAt: record.cutOffAt }),
    ...(spec !== undefined && {
      name: spec.name,
      restore: restoreSettingsOf(spec),
      notify: spec.notify,
      credentials: spec.credentials,
    }),
  };
}

/** Which batches earlier runs of the rollback that asks have run, and the rollbacks before it. */
export async function lightsailImdsReadEarlierRollbacks(): Promise<{ readonly batches: readonly BatchRef[] }> {
  const { client, info } = Context.current();
  const { workflowId = '', runId = '' } = info.workflowExecution ?? {};
  return { batches: await readEarlierBatches(client, workflowId, runId) };
}

/**
 * What `lightsailImdsAwaitBatches` is given.
 *
 * @internal
 */
export interface BatchesInput {
  readonly batches: readonly Pick<BatchRef, 'workflowId'>[];
}

/** Between two looks, in milliseconds. */
const LOOK_AGAIN = 1_000;

/**
 * Waits until none of these batches is open any more: what they have begun, they finish.
 *
 * @returns when the last of those was cut off that didn't come to their own end
 */
export async function lightsailImdsAwaitBatches({ batches }: BatchesInput): Promise<{ readonly cutOffAt?: number }> {
  const { client, cancellationSignal, heartbeat } = Context.current();
  let last: number | undefined;
  for (const { workflowId } of batches) {
    let latest = await describe(client, workflowId);
    while (latest?.status.name === 'RUNNING') {
      heartbeat();
      await delay(LOOK_AGAIN, undefined, { signal: cancellationSignal });
      latest = await describe(client, workflowId);
    }
    const at = latest === undefined ? undefined : cutOffAt(latest);
    if (at !== undefined) last = Math.max(last ?? 0, at);
    heartbeat();
  }
  return { ...(last !== undefined && { cutOffAt: last }) };
}

/**
 * What `lightsailImdsReadBatch` is given.
 *
 * @internal
 */
export interface ReadBatchInput {
  /** Workflow ID of the rollout. */
  readonly rollout: string;
  readonly batch: BatchRef;
}

/** Reads what one batch has changed, in whatever state it was left. */
export async function lightsailImdsReadBatch({ rollout, batch }: ReadBatchInput): Promise<PackedUndoRecord[]> {
  return (await readBatch(Context.current().client, rollout, batch)).map(packUndoRecord);
}
