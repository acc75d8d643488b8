import { type Client, type WorkflowExecutionDescription, WorkflowNotFoundError } from '@temporalio/client';
import { eventsOf, type HistoryEvent, timeOf } from './events.js';

/** One run of a workflow, with its history. */
export interface RunHistory {
  readonly runId: string;
  readonly events: readonly HistoryEvent[];
}

/** What the server knows of a workflow's latest run, or of the given one; undefined where it knows nothing. */
export async function describe(
  client: Client,
  workflowId: string,
  runId?: string,
): Promise<WorkflowExecutionDescription | undefined> {
  try {
    return await client.workflow.getHandle(workflowId, runId).describe();
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
}

/** When a workflow was cut off, in milliseconds since the epoch; undefined where it is open, or has come to its own end. */
export function cutOffAt({ status, closeTime }: WorkflowExecutionDescription): number | undefined {
  return status.name === 'TERMINATED' || status.name === 'TIMED_OUT' ? closeTime?.getTime() : undefined;
}

/** What all runs have in common that a reset or a retry made from one another. */
export function chainOf(description: WorkflowExecutionDescription): string {
  return description.raw.workflowExecutionInfo?.firstRunId || description.runId;
}

/**
 * All runs that can be reached from these, as far as the server still has them, in the order in which they ended: each
 * run that was reset names the run that it was made from. Told by histories alone, never by visibility, which lags.
 *
 * @returns beside them the runs that are gone
 */
export async function runsOf(
  client: Client,
  workflowId: string,
  runIds: Iterable<string>,
): Promise<{ readonly runs: readonly RunHistory[]; readonly gone: readonly string[] }> {
  const wanted = new Set(runIds);
  const runs: RunHistory[] = [];
  // A set may grow while it is walked.
  for (const runId of wanted) {
    const events = await eventsOf(client, workflowId, runId);
    if (events === undefined) continue;
    runs.push({ runId, events });
    for (const event of events) {
      const base = event.workflowTaskFailedEventAttributes?.baseRunId;
      if (base) wanted.add(base);
    }
  }
  const known = new Set(runs.map(({ runId }) => runId));
  return { runs: runs.toSorted((a, b) => endOf(a) - endOf(b)), gone: [...wanted].filter((id) => !known.has(id)) };
}

function endOf({ events }: RunHistory): number {
  const last = events.at(-1);
  return last === undefined ? 0 : timeOf(last);
}
