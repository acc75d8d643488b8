import type { Draws } from './draws.js';

/** A role that can be assumed. */
export interface Role {
  readonly name: string;
  /** What whoever assumes it has to name; undefined when nothing. */
  readonly externalId?: string | undefined;
}

/** An account of the simulator. */
export interface Account {
  readonly id: string;
  readonly accessKeyId: string;
  readonly roles: readonly Role[];
}

/** Whom an access key speaks for. */
export interface Identity {
  readonly account: string;
  readonly arn: string;
  readonly userId: string;
  /** What came out of AssumeRole; undefined for the keys of a user. */
  readonly session?: { readonly token: string; readonly endsAt: number } | undefined;
}

/** What AssumeRole hands out. */
export interface SessionKeys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly identity: Identity;
}

/** A session to open. */
export interface NewSession {
  readonly account: string;
  readonly role: string;
  readonly sessionName: string;
  /** Epoch milliseconds. */
  readonly endsAt: number;
}

/** The access key of an account for which the scenario gives none. */
export function defaultAccessKeyId(accountId: string): string {
  return `AKIASIMU${accountId}`;
}

/** The accounts, with the access keys that speak for them. */
export class Accounts {
  private readonly identities = new Map<string, Identity>();
  private readonly roles = new Map<string, Role>();
  private sessions = 0;

  constructor(
    readonly list: readonly Account[],
    private readonly draws: Draws,
  ) {
    for (const { id, accessKeyId, roles } of list) {
      const userId = `AIDA${this.letters('user', id)}`;
      this.identities.set(accessKeyId, { account: id, arn: `arn:aws:iam::${id}:user/simulator`, userId });
      for (const role of roles) this.roles.set(`${id}/${role.name}`, role);
    }
  }

  /** Whom an access key speaks for, even when its session has ended. */
  identify(accessKeyId: string): Identity | undefined {
    return this.identities.get(accessKeyId);
  }

  findRole(account: string, name: string): Role | undefined {
    return this.roles.get(`${account}/${name}`);
  }

  /** Makes the keys of a new session. */
  openSession({ account, role, sessionName, endsAt }: NewSession): SessionKeys {
    this.sessions += 1;
    const purpose = ['session', account, role, this.sessions];
    const accessKeyId = `ASIA${this.letters(...purpose)}`;
    // Both are known by their start, a token as those of AWS are, wherever they should not be.
    const secretAccessKey = `simulated/${this.draws.text(30, 'secret', ...purpose)}`;
    const sessionToken = `IQoJb3JpZ2lu${this.draws.text(160, 'token', ...purpose)}`;
    const identity: Identity = {
      account,
      arn: `arn:aws:sts::${account}:assumed-role/${role}/${sessionName}`,
      userId: `AROA${this.letters('role', account, role)}:${sessionName}`,
      session: { token: sessionToken, endsAt },
    };
    this.identities.set(accessKeyId, identity);
    return { accessKeyId, secretAccessKey, sessionToken, identity };
  }

  /** Sixteen letters and digits, as IDs of AWS have them behind their prefix. */
  private letters(...purpose: readonly (string | number)[]): string {
    return this.draws
      .guid('id', ...purpose)
      .replaceAll('-', '')
      .slice(0, 16)
      .toUpperCase();
  }
}
