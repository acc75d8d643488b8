import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import {
  ApplicationFailure,
  type ChildWorkflowHandle,
  condition,
  getExternalWorkflowHandle,
  ParentClosePolicy,
  setCurrentDetails,
  setHandler,
  startChild,
  workflowInfo,
} from '@temporalio/workflow';
import type { LeaseHolder, LeaseInspection } from '../activities/index.js';
import { listNames } from '../rollout/bounds.js';
import { formatDuration } from '../rollout/duration.js';
import { describePlace } from '../rollout/reach.js';
import type { Scope } from '../rollout/scope.js';
import { controlActivities } from './activity-options.js';
import { now } from './clock.js';
import { releaseSchema, releaseSignal } from './messages.js';
import type { RunState } from './run-state.js';
import { findStrayBatch, stopStray } from './stray-batch.js';

/** Type of the failure of a run that can't have a lease. */
export const SCOPE_BUSY = 'ScopeBusy';

/** Between two looks at a lease that is held by another, in milliseconds; every look costs about 14 events of history for each scope. */
const LOOK_AGAIN = { min: 500, max: 30_000, looks: 500 } as const;

/**
 * Keeps every other rollout out of one account in one region: while this workflow is open under its ID, the scope has
 * one writer. Ends when its holder releases it, or when a successor finds that the holder and its batches have closed.
 *
 * @internal started by rollouts and rollbacks only
 */
export async function imdsScopeLease(holder: LeaseHolder): Promise<void> {
  let released = false;
  setHandler(
    releaseSignal,
    (message: unknown) => {
      if (releaseSchema.safeParse(message).data?.run === holder.runId) released = true;
    },
    { description: 'From the holder, as its last act: other rollouts may write here again.' },
  );
  setCurrentDetails(
    `Held by \`${holder.workflowId}\` (run \`${holder.runId}\`). No other rollout writes in this account and region until it ends. It is given back by itself: nothing is to be done here.`,
  );
  await condition(() => released);
}

type Lease = ChildWorkflowHandle<typeof imdsScopeLease>;

/** @example leaseId({ account: '111122223333', region: 'us-east-1' }) // 'imds-rollout-lease:111122223333:us-east-1' */
function leaseId({ account, region }: Scope): string {
  return `imds-rollout-lease:${account}:${region}`;
}

export interface LeaseWait {
  /** How long to wait for leases that others hold, in milliseconds, and until when. */
  readonly patience: number;
  readonly until: number;
  /** Called with the reason before every wait. */
  readonly onBusy: (reason: string) => void;
  readonly isStopped: () => boolean;
}

/** Who hears of leases that are ended from outside, by a terminate or a delete. */
export interface LeaseObserver {
  /** Something that happened to a lease, for the log. */
  readonly note: (event: string) => void;
  /** Called with the reason why nothing more may be written for now, and with undefined once every lease is held again. */
  readonly hold: (lost: LostLease | undefined) => void;
}

/** A scope whose lease was ended from outside and isn't taken again yet. */
export interface LostLease {
  /** Milliseconds since the epoch. */
  readonly since: number;
  readonly reason: string;
}

/** A lease that this run holds. */
interface HeldLease {
  readonly scope: Scope;
  readonly handle: Lease;
}

/** Between two tries to take a lost lease again, in milliseconds; doubled from one to the next. */
const RETAKE_AGAIN = { min: 1_000, max: 60_000 } as const;

/** The leases of one run. One that is ended from outside is taken again, since another rollout could take it otherwise. */
export class Leases {
  #taken: HeldLease[] = [];
  /** By lease ID. */
  readonly #lost = new Map<string, LostLease>();
  readonly #retaking = new Set<Promise<void>>();
  #isReleasing = false;

  constructor(private readonly observer: LeaseObserver) {}

  get isEmpty(): boolean {
    return this.#taken.length === 0 && this.#retaking.size === 0;
  }

  covers(scopes: readonly Scope[]): boolean {
    return scopes.every((scope) => this.#taken.some(({ handle }) => handle.workflowId === leaseId(scope)));
  }

  /**
   * Takes the leases of all scopes, in their sorted order, so that two rollouts can't each wait for the other.
   *
   * @returns whether it had to wait; where the wait was stopped, there is none
   * @throws ApplicationFailure of type `ScopeBusy`, which names the holder
   */
  async take(scopes: readonly Scope[], wait: LeaseWait): Promise<{ readonly waited: boolean }> {
    for (let waited = false; ; waited = true) {
      // What is held goes back before a wait: a scope that is free must not be kept from others by one that isn't.
      await this.release();
      if (wait.isStopped()) return { waited };
      const busy = await takeInOrder(scopes, this.#taken);
      if (busy === undefined) {
        for (const lease of this.#taken) void this.#keep(lease);
        return { waited };
      }
      await this.release();
      const left = wait.until - now();
      if (left <= 0) throw ApplicationFailure.nonRetryable(busy, SCOPE_BUSY);
      wait.onBusy(busy);
      await condition(wait.isStopped, Math.min(left, lookAgainAfter(wait.patience, scopes.length)), {
        summary: 'looks at the lease again',
      });
    }
  }

  /** Gives all leases back; one that was ended by hand is given back already. */
  async release(): Promise<void> {
    this.#isReleasing = true;
    await Promise.all(this.#retaking);
    this.#isReleasing = false;
    await Promise.all(this.#taken.splice(0).map(({ handle }) => release(handle)));
  }

  /** Waits until a lease has closed, and takes it again where this run hasn't released it. */
  async #keep(lease: HeldLease): Promise<void> {
    await lease.handle.result().catch(() => undefined);
    const index = this.#taken.indexOf(lease);
    if (index < 0) return;
    this.#taken.splice(index, 1);
    const retaking = this.#retake(lease.scope);
    this.#retaking.add(retaking);
    await retaking;
    this.#retaking.delete(retaking);
  }

  async #retake(scope: Scope): Promise<void> {
    const since = now();
    const where = `the lease of ${scope.region} (${scope.account})`;
    this.observer.note(`${where} was ended from outside`);
    this.#lose(scope, { since, reason: `${where} was ended from outside, and is taken again` });
    for (let delay: number = RETAKE_AGAIN.min; !this.#isReleasing; delay = Math.min(2 * delay, RETAKE_AGAIN.max)) {
      const lease = await take(scope, { isRetake: true });
      if (typeof lease !== 'string') {
        this.#taken.push(lease);
        void this.#keep(lease);
        this.observer.note(`${where} is held again`);
        break;
      }
      this.#lose(scope, { since, reason: `${where} was ended from outside, and ${lease}` });
      await condition(() => this.#isReleasing, delay, { summary: 'takes the lost lease again' });
    }
    this.#lose(scope, undefined);
  }

  #lose(scope: Scope, lost: LostLease | undefined): void {
    if (lost === undefined) this.#lost.delete(leaseId(scope));
    else this.#lost.set(leaseId(scope), lost);
    const [first] = this.#lost.values();
    this.observer.hold(first);
  }
}

async function release(lease: Lease): Promise<void> {
  const { runId, originalExecutionRunId } = workflowInfo();
  // Not as its parent: after a reset this run isn't, though it holds the lease.
  const released = await getExternalWorkflowHandle(lease.workflowId, lease.firstExecutionRunId)
    .signal(releaseSignal, { run: originalExecutionRunId })
    .then(() => true)
    .catch(() => false);
  // Nor is a run that was reset sure to hear of its end.
  if (released && runId === originalExecutionRunId) await lease.result().catch(() => undefined);
}

/**
 * Gives the leases of a run back as its last act, unless a batch of an earlier run of it still writes: then whoever comes
 * next finds that batch, and waits until it has closed.
 */
export async function giveBack(state: Pick<RunState, 'halted' | 'note'>, leases: Leases): Promise<void> {
  if (state.halted?.adrift !== undefined) return;
  if (leases.isEmpty) return;
  const stray = await findStrayBatch();
  if (stray === undefined) await leases.release();
  else state.note(`the lease is kept, since batch ${stray} of an earlier run goes on`);
}

function lookAgainAfter(patience: number, scopes: number): number {
  const { min, max, looks } = LOOK_AGAIN;
  return Math.max(min, Math.min(max, patience / 20), (patience * scopes) / looks);
}

/** Why a scope can't be had, or undefined when all were taken. */
async function takeInOrder(scopes: readonly Scope[], taken: HeldLease[]): Promise<string | undefined> {
  if (scopes.length === 0) return undefined;
  const inspections = await inspect(scopes);
  for (const [index, scope] of scopes.entries()) {
    const lease = await take(scope, { inspected: inspections[index] });
    if (typeof lease === 'string') return lease;
    taken.push(lease);
  }
  return undefined;
}

/**
 * Inspected before it is taken too: one that was ended by hand is free to start, though its holder writes on.
 *
 * @param options - `inspected`: what was found together with other scopes; left out, it is inspected now. `isRetake`: this
 * run has held it until now, and its own batch may be open
 */
async function take(
  scope: Scope,
  { inspected, isRetake = false }: { readonly inspected?: LeaseInspection | undefined; readonly isRetake?: boolean },
): Promise<HeldLease | string> {
  for (let inspection = inspected; ; inspection = undefined) {
    inspection ??= (await inspect([scope], isRetake))[0];
    if (inspection === undefined) return `nobody says who writes in ${describePlace(scope)}`;
    if (!inspection.free) {
      if (!isRetake) await stopOwn(inspection);
      return describeBusy(scope, inspection);
    }
    try {
      return { scope, handle: await startLease(scope) };
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    }
  }
}

/** A batch that the run before a reset has left goes on without anybody who counts its failures: it begins nothing more. */
async function stopOwn({ holder, batch }: Extract<LeaseInspection, { free: false }>): Promise<void> {
  if (batch === undefined || holder.workflowId !== workflowInfo().workflowId) return;
  await stopStray(batch, holder.runId);
}

/** In one activity for all of them: each would be an action of its own. */
function inspect(scopes: readonly Scope[], isRetake = false): Promise<LeaseInspection[]> {
  const places = listNames(scopes.map(describePlace));
  const { lightsailImdsInspectLeases } = controlActivities(`who writes in ${places}`);
  return lightsailImdsInspectLeases({ leaseIds: scopes.map(leaseId), isRetake });
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
