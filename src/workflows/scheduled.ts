import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import { workflowInfo } from '@temporalio/workflow';

/** Set by the server on whatever a schedule starts, also one that was made in another language or with the Temporal CLI. */
const SCHEDULED_BY = defineSearchAttributeKey('TemporalScheduledById', SearchAttributeType.KEYWORD);

/** Whether a schedule has started this run, and nobody is there to do so once more. Whoever resets one is. */
export function isScheduled(): boolean {
  const { typedSearchAttributes, runId, originalExecutionRunId } = workflowInfo();
  return typedSearchAttributes.get(SCHEDULED_BY) !== undefined && runId === originalExecutionRunId;
}
