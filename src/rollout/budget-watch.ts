import { budgetTrip } from './budget.js';
import type { Ledger } from './ledger.js';
import type { RolloutSpec } from './spec.js';

/** Why the budget of a run is used up, if it is; asked at every step of the workflow, over thousands of targets. */
export class BudgetWatch {
  #last: { readonly revision: number; readonly tripped: string | undefined } | undefined;

  constructor(
    private readonly failure: RolloutSpec['failure'],
    private readonly ledger: Ledger,
  ) {}

  /** Derived anew only when a result has changed. */
  get tripped(): string | undefined {
    const { revision } = this.ledger;
    if (this.#last?.revision !== revision) {
      this.#last = { revision, tripped: budgetTrip(this.failure, this.ledger.tallies()) };
    }
    return this.#last.tripped;
  }
}
