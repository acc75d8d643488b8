import { readdir, readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { WorkflowHandle } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import type { World } from '../support/world.js';

/** One recorded run. A history doesn't hold its workflow ID, and the workflows use theirs. */
export interface Recorded {
  readonly workflowId: string;
  readonly history: unknown;
}

const folder = fileURLToPath(new URL('../histories/', import.meta.url));

export async function recordedNames(): Promise<string[]> {
  const files = await readdir(folder);
  return files.filter((file) => file.endsWith('.json')).map((file) => file.slice(0, -'.json'.length));
}

export async function readRecorded(name: string): Promise<Recorded> {
  return JSON.parse(await readFile(`${folder}${name}.json`, 'utf8'));
}

/**
 * Writes the history of a closed run, without what only says on which machine it was recorded.
 *
 * @param pausedAt - Updates before each of which the run seems to have waited for two hours: what it knew is out of date
 */
export async function record(name: string, handle: WorkflowHandle, pausedAt: readonly string[] = []): Promise<void> {
  const history = JSON.parse(historyToJSON(await handle.fetchHistory()));
  putOff(history.events, pausedAt);
  const text = JSON.stringify({ workflowId: handle.workflowId, history }, (key, value) => {
    if (key === 'stackTrace') return '';
    return key === 'identity' ? 'recorder' : value;
  });
  await writeFile(`${folder}${name}.json`, `${text}\n`);
}

interface Run {
  readonly workflowId: string;
  readonly runId?: string | undefined;
}

/** The same of a run of a world: of the workflow's last one where it isn't named. */
export function recordRun(
  name: string,
  { client }: Pick<World, 'client'>,
  run: Run,
  pausedAt: readonly string[] = [],
): Promise<void> {
  return record(name, client.workflow.getHandle(run.workflowId, run.runId), pausedAt);
}

/** @param path - such as `rest/1` */
export function batchOf({ workflowId, runId }: Run, path: string): Run {
  return { workflowId: `${workflowId}/${runId?.slice(0, 8)}/${path}` };
}

/** The part of an event of a recorded history that is changed here. */
interface RecordedEvent {
  eventTime: string;
  readonly workflowExecutionUpdateAcceptedEventAttributes?: {
    readonly acceptedRequest?: { readonly input?: { readonly name?: string } };
  };
}

const TWO_HOURS = 7_200_000;

function putOff(events: readonly RecordedEvent[], pausedAt: readonly string[]): void {
  let late = 0;
  // The task that takes an Update begins before it.
  for (const [index, event] of events.entries()) {
    const taken = events[index + 3]?.workflowExecutionUpdateAcceptedEventAttributes?.acceptedRequest?.input?.name;
    if (taken !== undefined && pausedAt.includes(taken)) late += TWO_HOURS;
    if (late > 0) event.eventTime = new Date(Date.parse(event.eventTime) + late).toISOString();
  }
}
