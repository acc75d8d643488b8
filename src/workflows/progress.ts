import { condition, type ExternalWorkflowHandle, getExternalWorkflowHandle, workflowInfo } from '@temporalio/workflow';
import { reportPace } from '../rollout/report-pace.js';
import { now } from './clock.js';

interface Work {
  /** Reports that may be sent, beside those that are due at once. */
  readonly reports: number;
  readonly targets: number;
  /** Grows with every change of a result. */
  readonly revision: () => number;
  /** Changes with whatever there is to tell. */
  readonly picture: () => string;
  readonly inFlight: () => number;
  /** Something begins with the very event that is handled now. */
  readonly hasWork: () => boolean;
  /** Nothing more is begun, ever: the end of what is in flight is told by the result. */
  readonly isOver: () => boolean;
  /** Tells it; `seq` grows from report to report. */
  readonly send: (parent: ExternalWorkflowHandle, seq: number) => Promise<void>;
}

/**
 * Tells the parent, now and then, how far the batch is. Who waits for a time of its own costs a timer, so a report goes
 * with a result that comes; one timer looks after the news that no further result follows.
 */
export class Progress {
  readonly #pace;
  #seq = 0;
  #isOver = false;
  #isUrgent = false;
  #told: { picture: string; revision: number; at: number };

  /** @param assumed - the picture that the parent has without being told */
  constructor(
    private readonly work: Work,
    assumed: string,
  ) {
    this.#pace = reportPace(work.targets);
    this.#told = { picture: assumed, revision: work.revision(), at: now() };
  }

  /** The parent has to hear of it at once, such as that a hold is in force. */
  urge(): void {
    this.#isUrgent = true;
  }

  end(): void {
    this.#isOver = true;
  }

  /** To be called when the first work has begun. */
  async tell(): Promise<void> {
    const waiting = this.#urgeWhatWaits();
    for (;;) {
      await condition(() => this.#isOver || this.#isDue);
      if (this.#isOver) break;
      this.#isUrgent = false;
      this.#told = { picture: this.work.picture(), revision: this.work.revision(), at: now() };
      await this.#signal();
    }
    await waiting;
  }

  get #isDue(): boolean {
    if (this.work.hasWork() || this.#isDone) return false;
    if (this.#isUrgent) return true;
    if (!this.#hasNews) return false;
    // It is held, and all that was in flight has ended.
    if (this.work.inFlight() === 0) return true;
    const { revision, at } = this.#told;
    return this.work.revision() - revision >= this.#pace.step && now() - at >= this.#pace.rest;
  }

  get #isDone(): boolean {
    return this.work.inFlight() === 0 && this.work.isOver();
  }

  get #hasNews(): boolean {
    return this.#seq < this.work.reports && this.work.picture() !== this.#told.picture;
  }

  async #urgeWhatWaits(): Promise<void> {
    const { patience } = this.#pace;
    for (;;) {
      await condition(() => this.#isOver || (this.#hasNews && !this.#isDone));
      if (this.#isOver || (await condition(() => this.#isOver, patience, { summary: 'next report' }))) return;
      // What came after a report since then is younger, and waits once more.
      if (this.#hasNews && now() - this.#told.at >= patience) this.urge();
    }
  }

  async #signal(): Promise<void> {
    const { parent } = workflowInfo();
    if (parent === undefined) return;
    // A parent that has closed doesn't listen any more; what was begun is finished all the same.
    // A reset gives it another run ID, so it is none of a certain run that is told.
    await this.work.send(getExternalWorkflowHandle(parent.workflowId), ++this.#seq).catch(() => undefined);
  }
}
