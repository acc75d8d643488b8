import { defaultPayloadConverter, type Payload } from '@temporalio/common';
import type { Job } from './sandbox.js';

/** How an activity or a workflow ends. */
export type End =
  | { readonly how: 'completed'; readonly value?: unknown }
  | { readonly how: 'failed'; readonly type: string; readonly message: string; readonly details?: unknown }
  | { readonly how: 'cancelled' }
  | { readonly how: 'timed out' }
  /** A failure of which nothing more is said. */
  | { readonly how: 'unexplained' };

/** What `failWorkflowExecution` carries. */
type Failure = NonNullable<NonNullable<NonNullable<Job['resolveActivity']>['result']>['failed']>['failure'];

export function encode(value: unknown): Payload {
  return defaultPayloadConverter.toPayload(value);
}

export function decode<Value = unknown>(payload: Payload | null | undefined): Value | undefined {
  return payload == null ? undefined : defaultPayloadConverter.fromPayload<Value>(payload);
}

const CANCELLED = { message: 'cancelled', canceledFailureInfo: {} };
const TIMED_OUT = { message: 'activity StartToClose timeout', timeoutFailureInfo: { timeoutType: 1 } };

/** The failure that stands for an end, as the cause of an activity's or a child's own. */
function failureOf(end: Exclude<End, { how: 'completed' }>): NonNullable<Failure> | undefined {
  if (end.how === 'unexplained') return undefined;
  if (end.how === 'cancelled') return CANCELLED;
  if (end.how === 'timed out') return TIMED_OUT;
  const { type, message, details } = end;
  return {
    message,
    applicationFailureInfo: {
      type,
      nonRetryable: true,
      ...(details !== undefined && { details: { payloads: [encode(details)] } }),
    },
  };
}

export function resolveActivity(seq: number, activityType: string, end: End): Job {
  if (end.how === 'completed') {
    return { resolveActivity: { seq, result: { completed: { result: encode(end.value) } } } };
  }
  const failure = {
    message: `activity ${end.how}`,
    activityFailureInfo: { activityType: { name: activityType }, activityId: String(seq) },
    cause: failureOf(end) ?? null,
  };
  return {
    resolveActivity: { seq, result: end.how === 'cancelled' ? { cancelled: { failure } } : { failed: { failure } } },
  };
}

export function resolveChild(seq: number, workflowId: string, end: End): Job {
  if (end.how === 'completed') {
    return { resolveChildWorkflowExecution: { seq, result: { completed: { result: encode(end.value) } } } };
  }
  const failure = {
    message: `child ${end.how}`,
    childWorkflowExecutionFailureInfo: { workflowExecution: { workflowId }, workflowType: { name: 'child' } },
    cause: failureOf(end) ?? null,
  };
  return {
    resolveChildWorkflowExecution: {
      seq,
      result: end.how === 'cancelled' ? { cancelled: { failure } } : { failed: { failure } },
    },
  };
}

/** Core hands messages over before whatever else has happened. */
export function inOrder(jobs: readonly Job[]): Job[] {
  const rank = (job: Job) => (job.initializeWorkflow ? 0 : job.signalWorkflow || job.doUpdate ? 1 : 2);
  return jobs.toSorted((a, b) => rank(a) - rank(b));
}
