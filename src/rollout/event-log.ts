import type { LogEntry } from './status.js';

/** Entries that the status shows. */
const LENGTH = 20;

/** Who has said it, and why. */
export interface Said {
  readonly by?: string | undefined;
  readonly reason?: string | undefined;
}

/** What has happened to a run last. */
export class EventLog {
  readonly #entries: LogEntry[] = [];

  /** The newest ones, oldest first. */
  get entries(): readonly LogEntry[] {
    return this.#entries;
  }

  /** @param at - ISO 8601 */
  add(at: string, event: string, { by, reason }: Said = {}): LogEntry {
    const entry = { at, event, ...(by !== undefined && { by }), ...(reason !== undefined && { reason }) };
    this.#entries.push(entry);
    if (this.#entries.length > LENGTH) this.#entries.shift();
    return entry;
  }
}
