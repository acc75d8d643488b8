import { isGrpcServiceError, ServiceError, WorkflowUpdateFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { TOO_MANY_UPDATES } from '../rollout/message-limits.js';

/** Whether an Update was refused since its run can take no more of them: by the run itself, or by the server, which counts too. */
export function isOutOfUpdates(error: unknown): boolean {
  if (error instanceof WorkflowUpdateFailedError) {
    return error.cause instanceof ApplicationFailure && error.cause.type === TOO_MANY_UPDATES;
  }
  return /limit on the total number of (distinct )?updates/i.test(detailsOf(error));
}

/** Whether a signal was refused since its run can take no more of them. */
export function isOutOfSignals(error: unknown): boolean {
  return /limit for signal events/i.test(detailsOf(error));
}

function detailsOf(error: unknown): string {
  if (isGrpcServiceError(error)) return error.details;
  return error instanceof ServiceError && isGrpcServiceError(error.cause) ? error.cause.details : '';
}
