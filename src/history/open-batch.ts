import type { Client, WorkflowExecutionDescription } from '@temporalio/client';
import { RESTORE_STAGE } from '../rollout/spec-schema.js';
import { readStart } from './run-spec.js';
import { chainOf, describe, type RunHistory, runsOf } from './runs.js';

/** All runs that a reset or a retry made from one another. */
export interface RunChain {
  readonly workflowId: string;
  /** The run whose ID its batches are named after: `originalExecutionRunId`. */
  readonly runId: string;
  /** `firstExecutionRunId` */
  readonly chain: string;
}

/** Batches of a stage that may be missing between two: one of which no target may be changed is passed over. */
const MAX_GAP = 2;

/**
 * A batch of any run of this chain that is open, by its workflow ID; undefined where all have closed.
 *
 * Of a run that was reset twice only the last one made from it is named anywhere, and once its ID is used anew none is:
 * so it looks for the batches of every stage by the IDs that they would have, beside those that histories name.
 */
export async function findOpenBatch(
  client: Client,
  { workflowId, runId, chain }: RunChain,
  latest: WorkflowExecutionDescription | undefined,
): Promise<string | undefined> {
  const isSameChain = latest !== undefined && chainOf(latest) === chain;
  const { runs } = await runsOf(client, workflowId, [runId, ...(isSameChain ? [latest.runId] : [])]);
  const prefix = `${workflowId}/${runId.slice(0, 8)}`;
  const named = runs
    .flatMap(({ events }) =>
      events.flatMap((event) => event.startChildWorkflowExecutionInitiatedEventAttributes?.workflowId ?? []),
    )
    .filter((id) => id.startsWith(`${workflowId}/`));
  for (const id of new Set(named)) if (await isOpen(client, id)) return id;
  for (const stage of [...(await stagesOf(client, runs)), RESTORE_STAGE]) {
    for (let n = 1, missing = 0; missing <= MAX_GAP; n += 1) {
      const id = `${prefix}/${stage}/${n}`;
      const isThere = await isOpen(client, id);
      if (isThere) return id;
      missing = isThere === undefined ? missing + 1 : 0;
    }
  }
  return undefined;
}

/** Undefined where there is no such workflow. */
async function isOpen(client: Client, workflowId: string): Promise<boolean | undefined> {
  const found = await describe(client, workflowId);
  return found && found.closeTime === undefined;
}

/** A rollback has none. */
async function stagesOf(client: Client, [first]: readonly RunHistory[]): Promise<string[]> {
  const { spec } = first === undefined ? {} : await readStart(client, first);
  return (spec?.stages ?? []).map(({ name }) => name);
}
