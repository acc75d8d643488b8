import {
  isGrpcDeadlineError,
  isGrpcServiceError,
  ScheduleNotFoundError,
  ServiceError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';
import { NamespaceNotFoundError } from '@temporalio/common';
import type { TemporalConnectionOptions } from '../server/index.js';
import { CliError } from './errors.js';
import { type NoConnection, whyNoConnection } from './why-no-connection.js';

/** What was reached. */
interface Place {
  readonly address: string;
  readonly namespace: string;
}

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

const ANY_OF_THESE = [
  'Start one on this machine: temporal server start-dev',
  'Name the one you have: --address host:port, TEMPORAL_ADDRESS, or a profile of temporal.toml',
  'Was it one of imds-rollout run? Go on with that: imds-rollout run --resume',
  'Only want to look? imds-rollout demo brings its own.',
] as const;

/** There is no server, or none that lets this client in. */
class NoServerError extends CliError {
  constructor(address: string, { why, remedies = ANY_OF_THESE }: NoConnection, options?: ErrorOptions) {
    super(
      'NoServer',
      [
        `No Temporal server answers at ${address}${why === '' ? '' : ` (${why})`}.`,
        ...(remedies.length > 1 ? ['Any one of these helps:'] : []),
        ...remedies.map((remedy) => (remedies.length > 1 ? `  - ${remedy}` : `${remedy}.`)),
      ].join('\n'),
      options,
    );
  }
}

/** The server answers, and lets nobody in with this key, certificate or header. */
function refusedBy({ address, namespace }: Place, error: unknown): CliError {
  const message = [
    `The Temporal server at ${address} refuses this client (${reasonOf(error)}).`,
    'Give credentials that are good for it: TEMPORAL_API_KEY or --api-key, a certificate (--tls-cert-path, --tls-key-path), or a profile.',
    `They must be allowed to use namespace ${namespace}.`,
  ].join('\n');
  return new CliError('NoServer', message, { cause: error });
}

/** Why no connection came about, with what a look of our own finds. */
export async function explainNoConnection(
  connection: TemporalConnectionOptions,
  namespace: string,
  error: unknown,
): Promise<CliError> {
  const { address } = connection;
  if (isRefusal(statusOf(error))) return refusedBy({ address, namespace }, error);
  return new NoServerError(address, await whyNoConnection(connection), { cause: error });
}

/** Whether an error, as explained, is one of the server and not of what was asked. */
export function isUnavailable(explained: unknown): boolean {
  return explained instanceof CliError && explained.type === 'NoServer';
}

function isRefusal(status: number | undefined): boolean {
  return status === GRPC.unauthenticated || status === GRPC.permissionDenied;
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
export function explainTemporalError(error: unknown, where: Place): unknown {
  if (isUndecoded(error)) return undecoded(error);
  if (error instanceof WorkflowUpdateFailedError) {
    return new CliError('MessageRefused', error.cause?.message ?? error.message, { cause: error });
  }
  if (error instanceof WorkflowNotFoundError) {
    const message = `Rollout ${error.workflowId} has ended, or there is none of that ID in namespace ${where.namespace}.`;
    return new CliError('RolloutNotFound', message, { cause: error });
  }
  if (error instanceof ScheduleNotFoundError) {
    const message = `There is no schedule ${error.scheduleId} in namespace ${where.namespace}: it was deleted meanwhile.`;
    return new CliError('ScheduleNotFound', message, { cause: error });
  }
  if (error instanceof NamespaceNotFoundError || statusOf(error) === GRPC.notFound) {
    const message = `${where.address} answers: ${reasonOf(error)}. Is ${where.namespace} the right namespace? See --namespace.`;
    return new CliError('BadInput', message, { cause: error });
  }
  if (isGrpcDeadlineError(error)) return new NoServerError(where.address, { why: 'no answer in time' });
  if (isRefusal(statusOf(error))) return refusedBy(where, error);
  if (statusOf(error) === GRPC.unavailable) {
    return new NoServerError(where.address, { why: reasonOf(error) }, { cause: error });
  }
  return error;
}

/** The SDK says so of a payload that no codec has turned back into one of its own: it is encrypted, or compressed. */
export function isUndecoded(error: unknown): error is Error {
  return error instanceof Error && /^Unknown encoding: /.test(error.message);
}

function undecoded(error: Error): CliError {
  const [, encoding = 'unknown'] = /^Unknown encoding: (.{1,60})/.exec(error.message) ?? [];
  return new CliError(
    'BadInput',
    `What the server has of this rollout is encoded (${encoding}), and can't be read here. Give the data converter that the worker has: --data-converter MODULE`,
    { cause: error },
  );
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
