import type { Client, WorkflowExecutionDescription } from '@temporalio/client';
import { z } from 'zod';
import type { RolloutSpec } from '../rollout/spec.js';
import { readTargetEvents } from './activities.js';
import { HistoryGoneError, NothingToRollBackError } from './errors.js';
import { readPayload, timeOf } from './events.js';
import { BATCH_TYPE } from './names.js';
import { readStart } from './run-spec.js';
import { chainOf, cutOffAt, describe, type RunHistory, runsOf } from './runs.js';

const ROLLOUT_TYPE = 'imdsRollout';

/** One batch that a rollout has started. */
export interface BatchRef {
  readonly workflowId: string;
  /** Missing where the history doesn't say that it has begun. */
  readonly runId?: string;
  readonly stage: string;
  /** When it was started, in milliseconds since the epoch. */
  readonly at: number;
  /** The run that has its input, and its result once there. */
  readonly parentRunId: string;
}

/** What the histories of a rollout say of it: all its runs, where it was reset. */
export interface RolloutRecord {
  readonly workflowId: string;
  /** The latest run. */
  readonly runId: string;
  readonly taskQueue: string;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  /** As it was given, for whoever starts another. */
  readonly specInput: unknown;
  /** Undefined where it was refused. */
  readonly spec: RolloutSpec | undefined;
  /** The status of the latest run, such as `RUNNING` or `TERMINATED`. */
  readonly status: string;
  /** @see cutOffAt */
  readonly cutOffAt: number | undefined;
  readonly batches: readonly BatchRef[];
  /** Single targets that the rollout has taken back itself, and when. */
  readonly restored: readonly { readonly arn: string; readonly at: number }[];
  /** Runs whose histories are gone: what they alone knew isn't here. */
  readonly gone: readonly string[];
}

/**
 * Reads a rollout back from its histories.
 *
 * @param runId - default: the latest run of that workflow ID
 * @throws HistoryGoneError where the server has no such workflow, any more or at all
 * @throws NothingToRollBackError where it is no rollout
 */
export async function readRollout(client: Client, workflowId: string, runId?: string): Promise<RolloutRecord> {
  return readRecord(client, await readChain(client, workflowId, runId));
}

/** A workflow with all its runs, where it was reset. */
export interface Chain {
  readonly workflowId: string;
  /** Its latest run. */
  readonly last: WorkflowExecutionDescription;
  /** In the order in which they ended; never empty. */
  readonly runs: readonly [RunHistory, ...RunHistory[]];
  /** Runs whose histories are gone. */
  readonly gone: readonly string[];
}

/** @throws HistoryGoneError where the server has no such workflow, any more or at all */
export async function readChain(client: Client, workflowId: string, runId?: string): Promise<Chain> {
  const latest = await describe(client, workflowId);
  const asked = runId === undefined ? latest : await describe(client, workflowId, runId);
  if (asked === undefined) throw new HistoryGoneError(workflowId, runId);
  const last = latest !== undefined && chainOf(latest) === chainOf(asked) ? latest : asked;
  const chain = chainOf(asked);
  const { runs, gone } = await runsOf(client, workflowId, [
    chain,
    asked.runId,
    last.runId,
    ...(await listedRuns(client, workflowId, chain)),
  ]);
  const [first, ...others] = runs;
  if (first === undefined) throw new HistoryGoneError(workflowId, runId);
  return { workflowId, last, runs: [first, ...others], gone };
}

/** @throws NothingToRollBackError where it is no rollout */
export async function readRecord(client: Client, { workflowId, last, runs, gone }: Chain): Promise<RolloutRecord> {
  if (last.type !== ROLLOUT_TYPE) throw new NothingToRollBackError(workflowId, last.type);
  const [first] = runs;
  const { at: startedAt, input: specInput, spec } = await readStart(client, first);
  const restored = await Promise.all(runs.map(({ events }) => readTargetEvents(client, events)));
  return {
    workflowId,
    runId: last.runId,
    taskQueue: last.taskQueue,
    startedAt,
    specInput,
    spec,
    status: last.status.name,
    cutOffAt: cutOffAt(last),
    batches: distinct(runs.flatMap(batchesOf)),
    restored: restored.flatMap((each) => each.restored),
    gone,
  };
}

/** A run that was reset twice names one of the two that were made from it: visibility, though it lags, may know the other. */
async function listedRuns(client: Client, workflowId: string, chain: string): Promise<string[]> {
  const listed: string[] = [];
  try {
    for await (const { runId } of client.workflow.list({ query: `WorkflowId = "${workflowId}"` })) {
      const run = await describe(client, workflowId, runId);
      if (run !== undefined && chainOf(run) === chain) listed.push(runId);
    }
  } catch {
    // Not every namespace lets everybody list.
  }
  return listed;
}

export function distinct(batches: readonly BatchRef[]): BatchRef[] {
  return [...new Map(batches.map((batch) => [`${batch.workflowId} ${batch.runId}`, batch])).values()];
}

/**
 * The batches of a rollback's earlier runs, of those before a reset, and of the rollbacks before it that its input and
 * theirs name.
 */
export async function readEarlierBatches(client: Client, workflowId: string, runId: string): Promise<BatchRef[]> {
  const batches: BatchRef[] = [];
  const wanted = new Set([runId]);
  // A set may grow while it is walked.
  for (const each of wanted) {
    const { runs } = await runsOf(client, workflowId, [each]);
    for (const run of runs) {
      wanted.add(run.runId);
      const input = await readPayload(client, run.events[0]?.workflowExecutionStartedEventAttributes?.input);
      const { previous } = rollbackSchema.safeParse(input).data ?? {};
      if (previous !== undefined) wanted.add(previous);
      if (run.runId !== runId) batches.push(...batchesOf(run));
    }
  }
  return distinct(batches);
}

const rollbackSchema = z.object({ previous: z.string().optional() });

/** The batches that one run has started; those of a run before its reset stand in its own history as well. */
export function batchesOf({ runId: parentRunId, events }: RunHistory): BatchRef[] {
  const runIds = new Map<string, string>();
  for (const { childWorkflowExecutionStartedEventAttributes: started } of events) {
    const { runId } = started?.workflowExecution ?? {};
    if (started && runId) runIds.set(String(started.initiatedEventId), runId);
  }
  return events.flatMap((event) => {
    const initiated = event.startChildWorkflowExecutionInitiatedEventAttributes;
    if (initiated?.workflowType?.name !== BATCH_TYPE || !initiated.workflowId) return [];
    const { workflowId } = initiated;
    const runId = runIds.get(String(event.eventId));
    const [, stage = ''] = /\/([^/]+)\/\d+$/.exec(workflowId) ?? [];
    return [{ workflowId, stage, at: timeOf(event), parentRunId, ...(runId !== undefined && { runId }) }];
  });
}
