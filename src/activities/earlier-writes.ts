import type { Context } from '@temporalio/activity';
import { type EarlierWrites, readEarlierWrites } from '../history/index.js';
import { SAY_SO, sayWhileWaiting } from '../lightsail/index.js';

/** Batches whose answer is kept; a worker has few of them at a time. */
const KEPT = 50;

/**
 * Tells whether a target may have been written to before the attempt that asks has any record of it: by an earlier run,
 * where the batch or its rollout was reset, or by an earlier attempt whose record is lost.
 */
export class EarlierWriters {
  /** Earlier runs have closed, so that one reading of their histories serves all targets of a batch. */
  readonly #read = new Map<string, Promise<EarlierWrites>>();

  async mayHaveWritten({ info, client }: Context, arn: string): Promise<boolean> {
    if (isRecordLost(info)) return true;
    const { workflowId, runId } = info.workflowExecution ?? {};
    if (workflowId === undefined || runId === undefined) return false;
    // Acknowledged, since a plain heartbeat could arrive after the record of a write and replace it.
    const onWait = async () => {
      await client.activity.heartbeat(info.taskToken, info.heartbeatDetails).catch(() => undefined);
    };
    const { arns, isWhole } = await sayWhileWaiting({ onWait }, SAY_SO, () => this.#earlier(client, workflowId, runId));
    return !isWhole || arns.has(arn);
  }

  #earlier(client: Context['client'], workflowId: string, runId: string): Promise<EarlierWrites> {
    const key = `${workflowId} ${runId}`;
    const known = this.#read.get(key);
    if (known !== undefined) return known;
    const reading = readEarlierWrites(client, workflowId, runId);
    this.#read.set(key, reading);
    reading.catch(() => this.#read.delete(key));
    const [oldest] = this.#read.keys();
    if (this.#read.size > KEPT && oldest !== undefined) this.#read.delete(oldest);
    return reading;
  }
}

/** A reset of an activity may forget its heartbeats, and an attempt may end before its first one: nobody knows what it did. */
function isRecordLost({ heartbeatDetails, scheduledTimestampMs, currentAttemptScheduledTimestampMs }: Context['info']) {
  const isFirst = currentAttemptScheduledTimestampMs <= scheduledTimestampMs;
  return !isFirst && (heartbeatDetails === undefined || heartbeatDetails === null);
}
