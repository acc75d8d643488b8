import { Context } from '@temporalio/activity';
import { type Client, type WorkflowExecutionDescription, WorkflowNotFoundError } from '@temporalio/client';
import { chainOf, describe, findOpenBatch } from '../history/index.js';

/**
 * Who holds a lease; kept in the memo of the lease workflow.
 *
 * @internal
 */
export interface LeaseHolder {
  readonly workflowId: string;
  /** The run that took the lease. A reset keeps it as `originalExecutionRunId`. */
  readonly runId: string;
  /** `firstExecutionRunId`: what all runs have in common that a reset or a retry made from one another. */
  readonly chain: string;
}

/**
 * What `lightsailImdsInspectLeases` is given.
 *
 * @internal
 */
export interface InspectLeasesInput {
  /** The leases, by their workflow IDs; what is answered is in the same order. */
  readonly leaseIds: readonly string[];
  /** The run that asks has held it until now: a batch of its own keeps nobody else out. */
  readonly isRetake?: boolean;
}

/**
 * Whether a lease may be taken.
 *
 * @internal
 */
export type LeaseInspection =
  | { readonly free: true }
  | {
      readonly free: false;
      readonly holder: LeaseHolder;
      /** `open`: the holder runs. `draining`: it has closed, but this batch of it still finishes what it began. */
      readonly why: 'open' | 'draining';
      readonly batch?: string;
    };

const FREE = { free: true } as const;

/**
 * Looks who holds each lease, and frees it where its holder and all batches of the holder have closed, as after a
 * terminate or a timeout. One that was ended by hand is held as before: its holder writes on. Told by the workflows' own
 * states and histories, never by visibility, which lags.
 */
export async function lightsailImdsInspectLeases({
  leaseIds,
  isRetake = false,
}: InspectLeasesInput): Promise<LeaseInspection[]> {
  return Promise.all(leaseIds.map((leaseId) => inspectLease(leaseId, isRetake)));
}

async function inspectLease(leaseId: string, isRetake: boolean): Promise<LeaseInspection> {
  const { client, info } = Context.current();
  const lease = await describe(client, leaseId);
  if (lease === undefined || lease.status.name === 'COMPLETED') return FREE;
  const isOpen = lease.closeTime === undefined;
  const holder = holderOf(lease);
  const latest = await describe(client, holder.workflowId);
  // Whoever asks may take up again what was taken from it by hand, and what the run before its reset had taken.
  const isOwn = latest?.runId === info.workflowExecution?.runId;
  if (latest !== undefined && latest.closeTime === undefined && chainOf(latest) === holder.chain && !isOwn) {
    return { free: false, holder, why: 'open' };
  }
  const batch = isRetake && isOwn ? undefined : await findOpenBatch(client, holder, latest);
  if (batch !== undefined) return { free: false, holder, why: 'draining', batch };
  if (isOpen) await release(client, lease);
  return FREE;
}

function holderOf(lease: WorkflowExecutionDescription): LeaseHolder {
  const holder: unknown = lease.memo?.holder;
  if (
    typeof holder === 'object' &&
    holder !== null &&
    'workflowId' in holder &&
    'runId' in holder &&
    'chain' in holder
  ) {
    return { workflowId: String(holder.workflowId), runId: String(holder.runId), chain: String(holder.chain) };
  }
  // Started by hand: as long as it is open, somebody means to keep the scope.
  return { workflowId: lease.workflowId, runId: lease.runId, chain: chainOf(lease) };
}

async function release(client: Client, lease: WorkflowExecutionDescription): Promise<void> {
  try {
    await client.workflow
      .getHandle(lease.workflowId, lease.runId)
      .terminate('its holder and all batches of it have closed');
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
  }
}

/**
 * A batch of an earlier run of the workflow that asks, by its workflow ID, where one is still open. One that was never
 * reset has no earlier run.
 */
export async function lightsailImdsFindOpenBatch(holder: LeaseHolder): Promise<{ readonly batch?: string }> {
  const { client, info } = Context.current();
  if (info.workflowExecution?.runId === holder.runId) return {};
  const batch = await findOpenBatch(client, holder, await describe(client, holder.workflowId));
  return { ...(batch !== undefined && { batch }) };
}
