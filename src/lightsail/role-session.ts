import type { Keys, RoleKeys } from './security-tokens.js';
import { monotonicNow } from './wait-clock.js';

/** Keys are renewed so long before their end, or after three quarters of a shorter life; milliseconds. */
const RENEW_BEFORE = 300_000;

/** The keys of one role, opened when they are first wanted and again before they end: a rollout may take days. */
export class RoleSession {
  #opening: Promise<RoleKeys> | undefined;

  /** @param open - opens another session */
  constructor(
    private readonly open: () => Promise<RoleKeys>,
    private readonly now: () => number = monotonicNow,
  ) {}

  /** @throws what opening a session does */
  async keys(): Promise<Keys> {
    const opening = this.#opening;
    if (opening !== undefined) {
      const { keys, openedAt, lifetime } = await opening;
      if (this.now() < openedAt + lifetime - Math.min(RENEW_BEFORE, lifetime / 4)) return keys;
      if (this.#opening === opening) this.#opening = undefined;
    }
    this.#opening ??= this.#begin();
    return (await this.#opening).keys;
  }

  /** These keys have been refused as expired, whatever was said of their end. */
  async drop(keys: Keys): Promise<void> {
    const opening = this.#opening;
    const current = await opening?.catch(() => undefined);
    if (current?.keys === keys && this.#opening === opening) this.#opening = undefined;
  }

  #begin(): Promise<RoleKeys> {
    const opening = this.open();
    opening.catch(() => {
      if (this.#opening === opening) this.#opening = undefined;
    });
    return opening;
  }
}

/** Characters that a session's name may have, and how many (API reference of AssumeRole). */
const NOT_IN_NAME = /[^\w+=,.@-]+/g;
const MAX_NAME_LENGTH = 64;

/**
 * The name of a role's session, by which CloudTrail shows which rollout has called.
 *
 * @example sessionName('imds-rollout-prod/rollback/0198abcd') // 'imds-rollout-prod-rollback-0198abcd'
 */
export function sessionName(purpose = 'imds-rollout'): string {
  const name = purpose.replaceAll(NOT_IN_NAME, '-').slice(0, MAX_NAME_LENGTH);
  return name.length >= 2 ? name : `imds-rollout-${name}`;
}
