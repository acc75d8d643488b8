/** At most so many targets in change at once: a pending-activity limit of Temporal (2,000, 500 advised). */
export const MAX_CONCURRENCY = 500;

/** How many may be in flight at once, in the whole and in one account and region. */
export interface Concurrency {
  readonly total: number;
  readonly perScope?: number | undefined;
}

/** How many of which scope have their turn now, and whether there is room for one more. */
export class Turns {
  readonly #byScope = new Map<string | undefined, number>();
  #busy = 0;

  constructor(private readonly concurrency: Concurrency) {}

  get busy(): number {
    return this.#busy;
  }

  get hasRoom(): boolean {
    return this.#busy < this.concurrency.total;
  }

  /** @param scope - see `scopeKey` */
  hasRoomFor(scope: string | undefined): boolean {
    const { perScope } = this.concurrency;
    return this.hasRoom && (perScope === undefined || (this.#byScope.get(scope) ?? 0) < perScope);
  }

  take(scope: string | undefined): void {
    this.#count(scope, 1);
  }

  giveBack(scope: string | undefined): void {
    this.#count(scope, -1);
  }

  #count(scope: string | undefined, by: 1 | -1): void {
    this.#byScope.set(scope, (this.#byScope.get(scope) ?? 0) + by);
    this.#busy += by;
  }
}
