import { Context } from '@temporalio/activity';
import { readRetention } from '../history/index.js';
import { readVersion } from '../version.js';
import type { WorkerSettings } from './settings.js';

/**
 * What a rollout has to know of where it runs.
 *
 * @internal
 */
export interface WorkerFacts {
  /** For how long the history is kept after the end, in milliseconds; missing where nobody says. */
  readonly retention?: number;
  /** The worker keeps undo files. */
  readonly journal: boolean;
  /** Of this package; missing in histories of workers that didn't say. */
  readonly version?: string;
}

export function createDescribeWorker({ journal }: WorkerSettings = {}) {
  return async function lightsailImdsDescribeWorker(): Promise<WorkerFacts> {
    const retention = await readRetention(Context.current().client);
    return { journal: journal !== undefined, version: readVersion(), ...(retention !== undefined && { retention }) };
  };
}
