import type { Client, WorkflowHandle } from '@temporalio/client';
import { WorkflowFailedError, WorkflowNotFoundError, WorkflowUpdateFailedError } from '@temporalio/client';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import type { RevertPreview } from '../rollout/revert-preview.js';
import { shellWord } from '../rollout/shell.js';
import type { RolloutResult, RolloutStatus } from '../rollout/status.js';
import type {
  AbortMessage,
  ApproveMessage,
  imdsRollout,
  Message,
  RevertMessage,
  RevertPreviewAnswer,
} from '../workflows/index.js';
import { MessageRefusedError } from './errors.js';
import { isOutOfSignals, isOutOfUpdates } from './message-limits.js';

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

/** How the rollout stands with a message in force. */
export interface MessageAnswer extends RolloutStatus {
  /** Sent as a signal, since the run takes no more Updates: it was taken, and is in force within moments. */
  readonly sentAs?: 'signal';
}

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

  /** No new change starts once this has returned, until resumed. Sent as a signal where the run takes no more Updates. */
  pause(message: Message = {}): Promise<MessageAnswer> {
    return this.#updateOrSignal('pause', message, ({ paused }) => paused !== undefined);
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

  /** What a revert would do, were it sent now; changes nothing. @throws MessageRefusedError where it would be refused */
  async previewRevert(message: RevertMessage): Promise<RevertPreview> {
    const answer = await this.#handle.query<RevertPreviewAnswer, [RevertMessage]>('revertPreview', message);
    if ('refusal' in answer) throw new MessageRefusedError(answer.refusal);
    return answer;
  }

  /**
   * Takes changed targets back now, while the rollout goes on. None counts as a failure unless `count` is true. Returns once
   * that is under way.
   */
  revert(message: RevertMessage): Promise<RolloutStatus> {
    return this.#update('revert', message);
  }

  /**
   * Final. Mode `halt` (default) leaves what was changed as it is; `rollback` takes it back. Sent as a signal where the run
   * takes no more Updates.
   */
  abort(message: AbortMessage = {}): Promise<MessageAnswer> {
    const { mode = 'halt' } = message;
    return this.#updateOrSignal('abort', message, ({ aborted }) => aborted?.mode === mode);
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

  async #updateOrSignal(
    name: 'pause' | 'abort',
    message: Message,
    isTaken: (status: RolloutStatus) => boolean,
  ): Promise<MessageAnswer> {
    try {
      return await this.#update(name, message);
    } catch (error) {
      if (!(error instanceof MessageRefusedError && isOutOfUpdates(error.cause))) throw error;
    }
    await this.#signal(name, message);
    const status = await this.status();
    if (isTaken(status)) return { ...status, sentAs: 'signal' };
    const why = status.log.findLast(({ event }) => event.startsWith(`signal ${name} ignored: `))?.event;
    throw new MessageRefusedError(why ?? `The signal ${name} was sent, and had no effect.`);
  }

  async #signal(name: string, message: Message): Promise<void> {
    try {
      await this.#handle.signal<[Message]>(name, message);
    } catch (cause) {
      if (cause instanceof WorkflowNotFoundError) throw this.#ended(name, cause);
      if (!isOutOfSignals(cause)) throw cause;
      const why = `Rollout ${this.workflowId} has received so many messages that it takes neither Updates nor signals any more, so ${name} wasn't sent. A cancellation still ends it: temporal workflow cancel --workflow-id ${shellWord(this.workflowId)}`;
      throw new MessageRefusedError(why, { cause });
    }
  }

  #ended(name: string, cause: unknown): MessageRefusedError {
    const why = `Rollout ${this.workflowId} has ended, or never was: there is nothing left to ${name}.`;
    return new MessageRefusedError(why, { cause });
  }

  async #update(name: string, message: Message): Promise<RolloutStatus> {
    try {
      return await this.#handle.executeUpdate<RolloutStatus, [Message]>(name, { args: [message] });
    } catch (cause) {
      if (cause instanceof WorkflowUpdateFailedError) {
        throw new MessageRefusedError(cause.cause?.message ?? cause.message, { cause });
      }
      if (cause instanceof WorkflowNotFoundError) throw this.#ended(name, cause);
      if (isOutOfUpdates(cause)) {
        const why = `Rollout ${this.workflowId} has taken as many Updates as Temporal takes of one run, so ${name} wasn't sent. pause and abort are still taken, as signals: abort it, and start it again for what is left.`;
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
