import { condition, type ExternalWorkflowHandle, getExternalWorkflowHandle, workflowInfo } from '@temporalio/workflow';

/**
 * The batch tells its parent of its progress at most once in this time, in milliseconds: often at first, and seldom in
 * one that goes on for long, since every report stays in the parent's history.
 */
const PROGRESS_INTERVAL = { first: 2_000, later: 30_000, firstReports: 50 } as const;

/** Tells the parent, now and then, how far the batch is. */
export class Progress {
  #seq = 0;
  #over = false;
  #acknowledge = false;

  /**
   * @param reports - how many reports it may send, beside those that acknowledge an order
   * @param picture - changes with whatever there is to tell
   * @param send - tells it; `seq` grows from report to report
   */
  constructor(
    private readonly reports: number,
    private readonly picture: () => string,
    private readonly send: (parent: ExternalWorkflowHandle, seq: number) => Promise<void>,
  ) {}

  /** The parent waits to hear that a hold is in force: tell it at once. */
  acknowledge(): void {
    this.#acknowledge = true;
  }

  end(): void {
    this.#over = true;
  }

  async tell(): Promise<void> {
    let told = this.picture();
    const isDue = () => this.#over || this.#acknowledge;
    while (!this.#over) {
      await condition(() => isDue() || (this.#seq < this.reports && this.picture() !== told));
      if (!isDue()) await condition(isDue, this.#interval(), { summary: 'next report' });
      if (this.#over) return;
      this.#acknowledge = false;
      told = this.picture();
      await this.#signal();
    }
  }

  #interval(): number {
    const { first, later, firstReports } = PROGRESS_INTERVAL;
    return this.#seq < firstReports ? first : later;
  }

  async #signal(): Promise<void> {
    const { parent } = workflowInfo();
    if (parent === undefined) return;
    // A parent that has closed doesn't listen any more; what was begun is finished all the same.
    // A reset gives it another run ID, so it is none of a certain run that is told.
    await this.send(getExternalWorkflowHandle(parent.workflowId), ++this.#seq).catch(() => undefined);
  }
}
