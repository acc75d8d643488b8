/** Listings under way that are followed. */
const MAX_OPEN = 100;

/** Learns how many pages a scope has from the listings that pass by, whoever asks for them. */
export class PageCount {
  #pages = 1;
  #isKnown = false;
  /** By token: the number of the page that it leads to. */
  readonly #open = new Map<string, number>();

  /** So many, or at least so many where they aren't known. */
  get pages(): number {
    return this.#pages;
  }

  /** Whether a listing was seen from its start to its end. */
  get isKnown(): boolean {
    return this.#isKnown;
  }

  /** One page was read. */
  see(token: string | undefined, next: string | undefined): void {
    const page = token === undefined ? 1 : this.#open.get(token);
    if (token !== undefined) this.#open.delete(token);
    // It was begun elsewhere.
    if (page === undefined) return;
    if (next === undefined) {
      this.#pages = page;
      this.#isKnown = true;
      return;
    }
    this.#pages = Math.max(this.#pages, page + 1);
    this.#open.set(next, page + 1);
    const [oldest] = this.#open.keys();
    if (this.#open.size > MAX_OPEN && oldest !== undefined) this.#open.delete(oldest);
  }
}
