import type { Client } from '@temporalio/client';
import { type Report, readReport } from '../history/report/index.js';
import type { RolloutRef } from '../rollout/rollback.js';
import { readVersion } from '../version.js';
import { RolloutHandle } from './rollout-handle.js';

/**
 * Collects what a rollout, a rollback or a plan has done, or has done so far, from its histories. No worker is needed, and
 * nothing is changed. One batch is in memory at a time, beside a row for each instance.
 *
 * @param ref - without a run ID, the latest run; runs that a reset made from one another belong together
 * @throws HistoryGoneError where the server has no such run, any more or at all
 * @throws NothingToReportError where it is another kind of workflow
 * @example
 * const report = await collectReport(client, { workflowId: 'imds-rollout-prod' });
 * console.log(report.headline); // '118 of 120 instances require IMDSv2; 2 waived'
 */
export function collectReport(client: Client, ref: RolloutRef): Promise<Report> {
  const outcomeOf = (runId: string) => new RolloutHandle(client, ref.workflowId, runId).result();
  return readReport(client, ref, outcomeOf, readVersion());
}
