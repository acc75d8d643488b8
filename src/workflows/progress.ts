import { condition, getExternalWorkflowHandle, workflowInfo } from '@temporalio/workflow';
import { countKinds, type TargetQueue } from '../rollout/batch.js';
import { countedKind, type TargetResult } from '../rollout/outcome.js';
import { progressSignal } from './messages.js';

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

  constructor(
    private readonly queue: TargetQueue,
    private readonly results: ReadonlyMap<number, TargetResult>,
    private readonly hold: () => number,
    private readonly revision: () => number,
  ) {}

  /** The parent waits to hear that a hold is in force: tell it at once. */
  acknowledge(): void {
    this.#acknowledge = true;
  }

  end(): void {
    this.#over = true;
  }

  async tell(): Promise<void> {
    let told = '0/0';
    const picture = () => `${this.revision()}/${this.queue.inFlight}`;
    const isDue = () => this.#over || this.#acknowledge;
    while (!this.#over) {
      await condition(() => isDue() || picture() !== told);
      if (!isDue()) await condition(isDue, this.#interval());
      if (this.#over) return;
      this.#acknowledge = false;
      told = picture();
      await this.#signal();
    }
  }

  #interval(): number {
    const { first, later, firstReports } = PROGRESS_INTERVAL;
    return this.#seq < firstReports ? first : later;
  }

  async #signal(): Promise<void> {
    const { parent, workflowId } = workflowInfo();
    if (parent === undefined) return;
    const { inFlight } = this.queue;
    // A parent that has closed doesn't listen any more; what was begun is finished all the same.
    // A reset gives it another run ID, so it is none of a certain run that is told.
    await getExternalWorkflowHandle(parent.workflowId)
      .signal(progressSignal, {
        batch: workflowId,
        seq: ++this.#seq,
        counts: countKinds([...this.results.values()].map(countedKind)),
        failed: [...this.results.values()].filter(({ outcome }) => outcome.kind === 'failed').length,
        inFlight,
        hold: this.hold(),
      })
      .catch(() => undefined);
  }
}
