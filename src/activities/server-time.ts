import type { Context } from '@temporalio/activity';
import { monotonicNow } from '../lightsail/index.js';

/** Milliseconds of a protobuf timestamp. */
function toMs({ seconds, nanos }: { readonly seconds?: unknown; readonly nanos?: number | null }): number {
  return Number(seconds ?? 0) * 1_000 + (nanos ?? 0) / 1e6;
}

/**
 * The time of the Temporal server, by which everything is measured that outlives one attempt: workers may disagree about the time,
 * and each of their clocks may be set. It is counted from when this attempt was scheduled, so it is late by as long as the
 * attempt has waited for a worker.
 */
export class ServerTime {
  #base: number;
  readonly #begun = monotonicNow();
  #isExact = false;

  constructor(private readonly context: Pick<Context, 'info' | 'client'>) {
    this.#base = context.info.currentAttemptScheduledTimestampMs;
  }

  /** Milliseconds since the epoch. */
  now(): number {
    return this.#base + (monotonicNow() - this.#begun);
  }

  /**
   * Whether a time has come. Where only the clock of this machine says so, it is wrong or this attempt has waited for a worker, and
   * the server knows when it was handed out. What can't be found out counts as past.
   */
  async isPast(time: number): Promise<boolean> {
    if (this.now() >= time) return true;
    return Date.now() >= time && (!(await this.ask()) || this.now() >= time);
  }

  /** Asks the server when it handed this attempt out. @returns whether that is known */
  async ask(): Promise<boolean> {
    if (this.#isExact) return true;
    const startedAt = await this.#startedAt().catch(() => undefined);
    if (startedAt === undefined) return false;
    this.#base = startedAt;
    this.#isExact = true;
    return true;
  }

  async #startedAt(): Promise<number | undefined> {
    const { activityId, namespace, workflowExecution } = this.context.info;
    const { pendingActivities } = await this.context.client.workflowService.describeWorkflowExecution({
      namespace,
      execution: workflowExecution ?? null,
    });
    const own = pendingActivities.find((pending) => pending.activityId === activityId);
    return own?.lastStartedTime ? toMs(own.lastStartedTime) : undefined;
  }
}
