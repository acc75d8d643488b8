import { Context } from '@temporalio/activity';
import { readRetention } from '../history/index.js';
import { readVersion } from '../version.js';
import { journalOf, type WorkerSettings } from './settings.js';

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
  /** A rollout waits where its undo file can't be written. */
  readonly journalRequired?: true;
  /** Of this package; missing in histories of workers that didn't say. */
  readonly version?: string;
}

export function createDescribeWorker(settings?: WorkerSettings) {
  const journal = journalOf(settings);
  return async function lightsailImdsDescribeWorker(): Promise<WorkerFacts> {
    const retention = await readRetention(Context.current().client);
    return {
      journal: journal !== undefined,
      ...(journal?.required === true && { journalRequired: true }),
      version: readVersion(),
      ...(retention !== undefined && { retention }),
    };
  };
}
