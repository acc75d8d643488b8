import {
  isGrpcDeadlineError,
  isGrpcServiceError,
  ServiceError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';
import { NamespaceNotFoundError } from '@temporalio/common';
import { CliError } from './errors.js';

/** gRPC status codes (https://grpc.io/docs/guides/status-codes/). */
const GRPC = {
  cancelled: 1,
  notFound: 5,
  permissionDenied: 7,
  resourceExhausted: 8,
  failedPrecondition: 9,
  aborted: 10,
  unavailable: 14,
  unauthenticated: 16,
} as const;

/** There is no server, or none that lets this client in. */
export class NoServerError extends CliError {
  constructor(address: string, cause: unknown) {
    const why = reasonOf(cause);
    super(
      'NoServer',
      [
        `No Temporal server answers at ${address}${why === '' ? '' : ` (${why})`}.`,
        'Any one of these helps:',
        '  - Start one on this machine: temporal server start-dev',
        '  - Name the one you have: --address host:port, TEMPORAL_ADDRESS, or a profile of temporal.toml',
        '  - Was it one of `imds-rollout run`? Go on with that: imds-rollout run --resume',
        '  - Only want to look? imds-rollout demo brings its own.',
      ].join('\n'),
      { cause },
    );
  }
}

/**
 * What the server answers where nobody has polled for long, where earlier queries still wait (its buffer holds one for
 * each workflow), and where the worker that had the question died over it.
 */
const WORKER_MISSING: readonly (number | undefined)[] = [
  GRPC.failedPrecondition,
  GRPC.resourceExhausted,
  GRPC.cancelled,
  GRPC.aborted,
];

/** The sign of a missing worker: a query or an Update that nobody answered. */
export function isUnanswered(error: unknown): boolean {
  return (
    isGrpcDeadlineError(error) ||
    error instanceof WorkflowUpdateRPCTimeoutOrCancelledError ||
    WORKER_MISSING.includes(statusOf(error))
  );
}

/** Turns what the Temporal client throws into what a user can act on; what isn't known is returned as it is. */
export function explainTemporalError(error: unknown, where: { address: string; namespace: string }): unknown {
  if (error instanceof WorkflowUpdateFailedError) {
    return new CliError('MessageRefused', error.cause?.message ?? error.message, { cause: error });
  }
  if (error instanceof WorkflowNotFoundError) {
    const message = `Rollout ${error.workflowId} has ended, or there is none of that ID in namespace ${where.namespace}.`;
    return new CliError('RolloutNotFound', message, { cause: error });
  }
  if (error instanceof NamespaceNotFoundError || statusOf(error) === GRPC.notFound) {
    const message = `${where.address} answers: ${reasonOf(error)}. Is ${where.namespace} the right namespace? See --namespace.`;
    return new CliError('BadInput', message, { cause: error });
  }
  if (isGrpcDeadlineError(error)) return new NoServerError(where.address, 'no answer in time');
  switch (statusOf(error)) {
    case GRPC.unavailable:
    case GRPC.unauthenticated:
    case GRPC.permissionDenied:
      return new NoServerError(where.address, error);
    default:
      return error;
  }
}

function statusOf(error: unknown): number | undefined {
  if (isGrpcServiceError(error)) return error.code;
  return error instanceof ServiceError && isGrpcServiceError(error.cause) ? error.cause.code : undefined;
}

function reasonOf(error: unknown): string {
  if (isGrpcServiceError(error)) return error.details || error.message;
  if (!(error instanceof Error)) return String(error);
  return isGrpcServiceError(error.cause) ? error.cause.details : error.message;
}
