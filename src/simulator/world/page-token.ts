import type { Draws } from './draws.js';
import { type Scope, scopeKey } from './instance.js';

/** A listing whose pages a token goes through: an operation, with the resource it is asked about. */
export interface Listing {
  readonly scope: Scope;
  readonly name: string;
}

/**
 * Makes and reads page tokens. A token names the last item before the page, so it stays valid while items come and
 * go; its seal ties it to its listing and makes any other text invalid.
 */
export class PageTokens {
  constructor(private readonly draws: Draws) {}

  /** The token of the page after the item with this sequence number. */
  make(listing: Listing, after: number): string {
    return Buffer.from(`${after}.${this.seal(listing, after)}`).toString('base64url');
  }

  /** The sequence number in a token; undefined when the token isn't one of this listing. */
  read(listing: Listing, token: string): number | undefined {
    const after = Number.parseInt(Buffer.from(token, 'base64url').toString('utf8'), 10);
    return token === this.make(listing, after) ? after : undefined;
  }

  private seal(listing: Listing, after: number): string {
    return this.draws.guid('page', scopeKey(listing.scope), listing.name, after);
  }
}
