import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import {
  ApplicationFailure,
  type ChildWorkflowHandle,
  condition,
  ParentClosePolicy,
  setCurrentDetails,
  setHandler,
  startChild,
  workflowInfo,
} from '@temporalio/workflow';
import type { LeaseHolder, LeaseInspection } from '../activities/index.js';
import { formatDuration } from '../rollout/duration.js';
import type { Scope } from '../rollout/scope.js';
import { controlActivities } from './activity-options.js';
import { now } from './clock.js';
import { releaseSignal } from './messages.js';

/** Between two looks at a lease that is held by another, in milliseconds. */
const LOOK_AGAIN = { min: 500, max: 30_000 } as const;

/**
 * Keeps every other rollout out of one account in one region: while this workflow is open under its ID, the scope has
 * one writer. Ends when its holder releases it, or when a successor finds that the holder and its batches have closed.
 */
export async function imdsScopeLease(holder: LeaseHolder): Promise<void> {
  let released = false;
  setHandler(releaseSignal, () => {
    released = true;
  });
  setCurrentDetails(
    `Held by \`${holder.workflowId}\`. No other rollout writes in this account and region until it ends.`,
  );
  await condition(() => released);
}

export type Lease = ChildWorkflowHandle<typeof imdsScopeLease>;

/** @example leaseId({ account: '111122223333', region: 'us-east-1' }) // 'imds-rollout-lease:111122223333:us-east-1' */
export function leaseId({ account, region }: Scope): string {
  return `imds-rollout-lease:${account}:${region}`;
}

export interface LeaseWait {
  /** How long to wait for a lease that another holds, in milliseconds. */
  readonly patience: number;
  /** Called with the reason before every wait. */
  readonly onBusy: (reason: string) => void;
  readonly isStopped: () => boolean;
}

/**
 * Takes the leases of all scopes, in their sorted order, so that two rollouts can't each wait for the other.
 *
 * @returns the leases, or none where the wait was stopped
 * @throws ApplicationFailure of type `ScopeBusy`, which names the holder
 */
export async function takeLeases(scopes: readonly Scope[], wait: LeaseWait): Promise<Lease[]> {
  const until = now() + wait.patience;
  for (;;) {
    if (wait.isStopped()) return [];
    const taken: Lease[] = [];
    const busy = await takeInOrder(scopes, taken);
    if (busy === undefined) return taken;
    // What was taken goes back before the wait: a scope that is free must not be kept from others by one that isn't.
    await releaseLeases(taken);
    const left = until - now();
    if (left <= 0) throw ApplicationFailure.nonRetryable(busy, 'ScopeBusy');
    wait.onBusy(busy);
    await condition(
      wait.isStopped,
      Math.min(left, Math.max(LOOK_AGAIN.min, Math.min(LOOK_AGAIN.max, wait.patience / 20))),
    );
  }
}

/** Gives leases back; one that was ended by hand is given back already. */
export async function releaseLeases(leases: readonly Lease[]): Promise<void> {
  for (const lease of leases) {
    await lease.signal(releaseSignal).catch(() => undefined);
    await lease.result().catch(() => undefined);
  }
}

/** Why a scope can't be had, or undefined when all were taken. */
async function takeInOrder(scopes: readonly Scope[], taken: Lease[]): Promise<string | undefined> {
  for (const scope of scopes) {
    const lease = await take(scope);
    if (typeof lease === 'string') return lease;
    taken.push(lease);
  }
  return undefined;
}

async function take(scope: Scope): Promise<Lease | string> {
  for (;;) {
    try {
      return await startLease(scope);
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    }
    const inspection = await controlActivities().lightsailImdsInspectLease({ leaseId: leaseId(scope) });
    if (!inspection.free) return describeBusy(scope, inspection);
  }
}

async function startLease(scope: Scope): Promise<Lease> {
  const { workflowId, originalExecutionRunId, firstExecutionRunId } = workflowInfo();
  const holder: LeaseHolder = { workflowId, runId: originalExecutionRunId, chain: firstExecutionRunId };
  return startChild(imdsScopeLease, {
    workflowId: leaseId(scope),
    args: [holder],
    memo: { holder },
    parentClosePolicy: ParentClosePolicy.ABANDON,
    staticSummary: `lease of ${scope.region} (${scope.account})`,
  });
}

function describeBusy(scope: Scope, { holder, why, batch }: Extract<LeaseInspection, { free: false }>): string {
  const where = `${scope.region} of account ${scope.account}`;
  const itself =
    holder.workflowId === workflowInfo().workflowId ? ' (an earlier or a reset run of this same rollout)' : '';
  if (why === 'draining') {
    return `${where} is still being written to: rollout ${holder.workflowId}${itself} has ended, but its batch ${batch} finishes what it began. Start again in a few minutes, or set busy.wait.`;
  }
  return `${where} is held by rollout ${holder.workflowId}${itself}, which is still open. Wait for it, abort it, or set busy.wait to wait here (for example ${formatDuration(3_600_000)}).`;
}
