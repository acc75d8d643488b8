import type { Client } from '@temporalio/client';
import { type Chain, readChain } from '../rollout-record.js';
import { reportPlan } from './plan.js';
import type { Report, ReportOutcome } from './report.js';
import { reportRollback } from './rollback.js';
import { reportRollout } from './rollout.js';

export { plannedReport } from './plan.js';
export * from './report.js';
export { reportText } from './text.js';

type Reporter = (client: Client, chain: Chain, outcome: ReportOutcome | undefined, version: string) => Promise<Report>;

const REPORTERS: ReadonlyMap<string, Reporter> = new Map([
  ['imdsRollout', reportRollout],
  ['imdsRollback', reportRollback],
  ['imdsPlan', reportPlan],
]);

/** It isn't anything that a report could be about. */
export class NothingToReportError extends Error {
  readonly type = 'NothingToReport';

  constructor(workflowId: string, workflowType: string) {
    super(`${workflowId} is a workflow of type ${workflowType}: a report is about a rollout, a rollback or a plan.`);
    this.name = 'NothingToReportError';
  }
}

/**
 * Reads from histories alone what a run has done; no worker is needed.
 *
 * @param outcomeOf - how a run has ended
 * @param version - of this package
 * @throws HistoryGoneError, NothingToReportError
 */
export async function readReport(
  client: Client,
  { workflowId, runId }: { readonly workflowId: string; readonly runId?: string },
  outcomeOf: (runId: string) => Promise<ReportOutcome>,
  version: string,
): Promise<Report> {
  const chain = await readChain(client, workflowId, runId);
  const reporter = REPORTERS.get(chain.last.type);
  if (reporter === undefined) throw new NothingToReportError(workflowId, chain.last.type);
  // A plan's result isn't a rollout's.
  const hasOutcome = chain.last.closeTime !== undefined;
  return reporter(client, chain, hasOutcome ? await outcomeOf(chain.last.runId) : undefined, version);
}
