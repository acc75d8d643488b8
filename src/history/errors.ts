/** The server has no history of this rollout: there never was one, or its retention has ended. */
export class HistoryGoneError extends Error {
  readonly type = 'HistoryGone';

  constructor(workflowId: string, runId?: string) {
    const what = runId === undefined ? workflowId : `run ${runId} of ${workflowId}`;
    super(
      `The server has no history of ${what}: there never was one, or the namespace's retention has ended. Take it back from what was kept: rollback --from FILE, with an undo file of the worker's journal or a JSON report.`,
    );
    this.name = 'HistoryGoneError';
  }
}

/** It isn't a rollout that could be taken back. */
export class NothingToRollBackError extends Error {
  readonly type = 'NothingToRollBack';

  constructor(workflowId: string, workflowType: string) {
    const why =
      workflowType === 'imdsRollback'
        ? 'is a rollback itself; to undo it, start the rollout again'
        : `is a workflow of type ${workflowType}, not a rollout`;
    super(`${workflowId} ${why}.`);
    this.name = 'NothingToRollBackError';
  }
}
