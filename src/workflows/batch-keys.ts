import { condition } from '@temporalio/workflow';
import type { KeysRefused } from '../rollout/account-keys.js';
import type { HoldOrder } from '../rollout/batch.js';

/** What a batch reports of refused calls. */
export interface ReportedRefusal {
  /** How many there were so far. */
  readonly refusals: number;
  readonly refused: KeysRefused;
}

/**
 * Whether a batch may call, as far as it knows. It reports what is refused to its rollout, which probes for all of its
 * batches, and says in an order when calls are accepted again.
 */
export class BatchKeys {
  #refusals = 0;
  /** The highest number that an order has brought. */
  #ordered = 0;
  /** Refusals that were waited out. */
  #over = 0;
  #last: KeysRefused | undefined;

  /** @param report - called where the rollout has to hear of it at once */
  constructor(private readonly report: () => void) {}

  get isWaiting(): boolean {
    return this.#over < this.#refusals;
  }

  /** What is to be reported while it waits. */
  get waitsFor(): ReportedRefusal | undefined {
    return this.isWaiting && this.#last !== undefined ? { refusals: this.#refusals, refused: this.#last } : undefined;
  }

  refuse(refused: KeysRefused): void {
    const isFirst = !this.isWaiting;
    // Beyond what an order has named: one may know of more than this run, where the batch was reset.
    this.#refusals = Math.max(this.#refusals, this.#ordered) + 1;
    this.#last = refused;
    if (isFirst) this.report();
  }

  /** What was refused before an order came, and not yet reported, is waited out with the others: it is simply tried again. */
  obey({ accepted = 0 }: HoldOrder): void {
    if (accepted <= this.#ordered) return;
    this.#ordered = accepted;
    this.#over = this.#refusals;
  }

  /** @returns false where nobody waits for it any more */
  async wait(refused: KeysRefused, isLeft: () => boolean): Promise<boolean> {
    this.refuse(refused);
    const mine = this.#refusals;
    await condition(() => this.#over >= mine || isLeft());
    return this.#over >= mine;
  }
}
