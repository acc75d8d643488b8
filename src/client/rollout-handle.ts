import type { Client, WorkflowHandle } from '@temporalio/client';
import { WorkflowFailedError, WorkflowNotFoundError, WorkflowUpdateFailedError } from '@temporalio/client';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import type { RolloutResult, RolloutStatus } from '../rollout/status.js';
import type { AbortMessage, ApproveMessage, imdsRollout, Message, RevertMessage } from '../workflows/index.js';
import { MessageRefusedError } from './errors.js';

/** How a rollout ended. */
export type RolloutOutcome =
  | { readonly status: 'completed'; readonly result: RolloutResult }
  | {
      readonly status: 'failed';
      /** `RolloutRolledBack`, `RolloutHalted`, `RolloutAborted`, `RollbackIncomplete`, `PlanFailed`, `ScopeBusy`, `InvalidRolloutSpec`; or the kind of another end. */
      readonly type: string;
      readonly message: string;
      /** Missing where the rollout ended before it had a plan. */
      readonly result?: RolloutResult;
    };

/**
 * One rollout, to watch and to steer.
 *
 * A message that makes no sense now rejects with a {@link MessageRefusedError} that says why. Each waits for as long as no
 * worker polls.
 *
 * @example
 * const rollout = rollouts.handle('imds-rollout-prod');
 * await rollout.pause({ by: 'ann', reason: 'orders are slow' });
 */
export class RolloutHandle {
  readonly #handle: WorkflowHandle<typeof imdsRollout>;

  /** @param runId - left out, the latest run of that ID; see also {@link RolloutClient.handle} */
  constructor(
    client: Client,
    readonly workflowId: string,
    readonly runId?: string,
  ) {
    this.#handle = client.workflow.getHandle<typeof imdsRollout>(workflowId, runId);
  }

  /** Answered by a worker; waits for as long as none polls. */
  status(): Promise<RolloutStatus> {
    return this.#handle.query<RolloutStatus>('status');
  }

  /** No new change starts once this has returned, until resumed. */
  pause(message: Message = {}): Promise<RolloutStatus> {
    return this.#update('pause', message);
  }

  /** Ends a pause. */
  resume(message: Message = {}): Promise<RolloutStatus> {
    return this.#update('resume', message);
  }

  /** Lets go on what waits for somebody: the approval of a stage, readings that are missing, a stage that has proved nothing. */
  approve(message: ApproveMessage = {}): Promise<RolloutStatus> {
    return this.#update('approve', message);
  }

  /** Halts the rollout instead of letting the waiting stage start. */
  reject(message: ApproveMessage = {}): Promise<RolloutStatus> {
    return this.#update('reject', message);
  }

  /** Ends the current bake. */
  skipBake(message: Message = {}): Promise<RolloutStatus> {
    return this.#update('skipBake', message);
  }

  /** Takes changed targets back now; each counts as a failure unless `count` is false. Returns once that is under way. */
  revert(message: RevertMessage): Promise<RolloutStatus> {
    return this.#update('revert', message);
  }

  /** Final. Mode `halt` (default) leaves what was changed as it is; `rollback` takes it back. */
  abort(message: AbortMessage = {}): Promise<RolloutStatus> {
    return this.#update('abort', message);
  }

  /** Waits until the rollout has ended. */
  async result(): Promise<RolloutOutcome> {
    try {
      return { status: 'completed', result: await this.#handle.result() };
    } catch (error) {
      if (!(error instanceof WorkflowFailedError)) throw error;
      return readFailure(error);
    }
  }

  async #update(name: string, message: Message): Promise<RolloutStatus> {
    try {
      return await this.#handle.executeUpdate<RolloutStatus, [Message]>(name, { args: [message] });
    } catch (cause) {
      if (cause instanceof WorkflowUpdateFailedError) {
        throw new MessageRefusedError(cause.cause?.message ?? cause.message, { cause });
      }
      if (cause instanceof WorkflowNotFoundError) {
        const why = `Rollout ${this.workflowId} has ended, or never was: there is nothing left to ${name}.`;
        throw new MessageRefusedError(why, { cause });
      }
      throw cause;
    }
  }
}

function readFailure(error: WorkflowFailedError): RolloutOutcome {
  const { cause } = error;
  if (cause instanceof ApplicationFailure) {
    const result = cause.details?.find(isResult);
    return {
      status: 'failed',
      type: cause.type ?? 'Failed',
      message: cause.message,
      ...(result !== undefined && { result }),
    };
  }
  const type =
    cause instanceof CancelledFailure ? 'Cancelled' : (cause?.name ?? 'Failed').replace(/Failure$|Error$/, '');
  return { status: 'failed', type, message: cause?.message ?? error.message };
}

function isResult(detail: unknown): detail is RolloutResult {
  return typeof detail === 'object' && detail !== null && 'ended' in detail && 'planHash' in detail;
}
