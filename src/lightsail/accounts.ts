import { NamedError } from './named-error.js';
import { RoleSession, sessionName } from './role-session.js';
import type { CallerIdentity, SecurityTokens } from './security-tokens.js';

/** How an account beside the process's own is reached; part of a worker's configuration, never of a spec. */
export interface AccountRole {
  /** ARN of a role of that account. */
  readonly role: string;
  /** What the role's trust policy wants to be named, if it does; a secret. */
  readonly externalId?: string;
  /** The only regions of this account that may be looked at and changed. Default: any. */
  readonly regions?: readonly string[];
}

/** By account ID. */
export type AccountRoles = Readonly<Record<string, AccountRole>>;

/** Sessions that are kept open; each rollout has one of its own in each account. */
const MAX_SESSIONS = 200;

/** Knows with which keys each account is called, and makes sure that they are that account's. */
export class Accounts {
  #own: Promise<CallerIdentity> | undefined;
  /** The ARN of a first session, by account: its role is known to be of that account. */
  readonly #checked = new Map<string, string>();
  readonly #sessions = new Map<string, RoleSession>();

  constructor(
    private readonly tokens: SecurityTokens,
    private readonly roles: AccountRoles,
    /** Where it is known already, nobody asks. */
    private ownAccount?: string,
  ) {}

  /** The role by which an account is reached; missing: with the credentials of this process, or not at all. */
  roleOf(account: string | undefined): AccountRole | undefined {
    return account !== undefined && Object.hasOwn(this.roles, account) ? this.roles[account] : undefined;
  }

  /** Who this process is, or the role of an account. */
  async identityOf(account?: string): Promise<CallerIdentity> {
    await this.confirm(account);
    if (this.roleOf(account) === undefined) return this.#ownIdentity();
    const session = this.sessionOf(account ?? '');
    return this.tokens.identityOf(await session.keys());
  }

  /** As CloudTrail names whoever calls in an account, once a role of it has been called by; asks nobody twice. */
  async callerOf(account: string | undefined, purpose?: string): Promise<string | undefined> {
    if (this.roleOf(account) === undefined) return (await this.#ownIdentity()).arn;
    // All sessions of a role are named alike but for the last part.
    return this.#checked.get(account ?? '')?.replace(/[^/]*$/, sessionName(purpose));
  }

  /** Whether an account is known to be the process's own. */
  isOwn(account: string): boolean {
    return account === this.ownAccount;
  }

  /**
   * Whether this account may be called.
   *
   * @throws NamedError `AccountNotConfigured` where it is neither in the configuration nor the process's own
   */
  async confirm(account: string | undefined): Promise<void> {
    if (account === undefined || this.roleOf(account) !== undefined) return;
    const own = this.ownAccount ?? (await this.#ownIdentity()).account;
    if (own === account) return;
    throw new NamedError(
      'AccountNotConfigured',
      `Account ${account} isn't in this worker's configuration, and its own credentials belong to ${own}. ` +
        'Add a role of that account (accounts, docs/worker.md), or leave the account out.',
    );
  }

  /** @throws NamedError `RegionNotConfigured` */
  confirmRegion(account: string | undefined, region: string): void {
    const { regions } = this.roleOf(account) ?? {};
    if (regions === undefined || regions.includes(region)) return;
    throw new NamedError(
      'RegionNotConfigured',
      `This worker's configuration holds account ${account} to ${regions.join(', ')}, and ${region} is none of them.`,
    );
  }

  /** The session of a role for one purpose, such as a rollout: CloudTrail shows its name. */
  sessionOf(account: string, purpose?: string): RoleSession {
    const name = sessionName(purpose);
    const key = `${account}/${name}`;
    const session = this.#sessions.get(key) ?? new RoleSession(() => this.#open(account, name));
    // The one that was used longest ago is forgotten first, and opened again if it is wanted.
    this.#sessions.delete(key);
    this.#sessions.set(key, session);
    for (const oldest of this.#sessions.keys()) {
      if (this.#sessions.size <= MAX_SESSIONS) break;
      this.#sessions.delete(oldest);
    }
    return session;
  }

  async #open(account: string, name: string) {
    const { role, externalId } = this.roles[account] ?? { role: '' };
    const opened = await this.tokens.assume({
      role,
      sessionName: name,
      ...(externalId !== undefined && { externalId }),
    });
    if (this.#checked.has(account)) return opened;
    const identity = await this.tokens.identityOf(opened.keys);
    if (identity.account !== account) throw accountMismatch(account, role, identity);
    this.#checked.set(account, identity.arn);
    return opened;
  }

  async #askOwnIdentity(): Promise<CallerIdentity> {
    const identity = await this.tokens.identityOf();
    this.ownAccount ??= identity.account;
    return identity;
  }

  #ownIdentity(): Promise<CallerIdentity> {
    this.#own ??= this.#askOwnIdentity().catch((error: unknown) => {
      this.#own = undefined;
      throw error;
    });
    return this.#own;
  }
}

function accountMismatch(account: string, role: string, identity: CallerIdentity): NamedError {
  return new NamedError(
    'AccountNotConfigured',
    `The role of account ${account} (${role}) is one of account ${identity.account}: mend the worker's configuration.`,
  );
}
