import { setCurrentDetails, workflowInfo } from '@temporalio/workflow';
import { countKinds, type HoldMode } from '../rollout/batch.js';
import { renderBatchDetails } from '../rollout/details.js';
import type { OutcomeKind } from '../rollout/outcome.js';

/** How a batch stands, for its own page in the Temporal UI. */
export function showBatch(batch: {
  /** Of the targets that are done. */
  readonly kinds: readonly OutcomeKind[];
  readonly total: number;
  readonly inFlight: number;
  readonly holds: HoldMode;
  readonly failures: readonly string[];
}): void {
  const { kinds, total, inFlight, holds, failures } = batch;
  const rollout = workflowInfo().parent?.workflowId;
  setCurrentDetails(
    renderBatchDetails({ rollout, counts: { ...countKinds(kinds), total, inFlight }, holds, failures }),
  );
}
