import { readdir, readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { WorkflowHandle } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';

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

/** Writes the history of a closed run, without what only says on which machine it was recorded. */
export async function record(name: string, handle: WorkflowHandle): Promise<void> {
  const history = JSON.parse(historyToJSON(await handle.fetchHistory()));
  const text = JSON.stringify({ workflowId: handle.workflowId, history }, (key, value) => {
    if (key === 'stackTrace') return '';
    return key === 'identity' ? 'recorder' : value;
  });
  await writeFile(`${folder}${name}.json`, `${text}\n`);
}
