/** An account of the simulator. */
export interface Account {
  readonly id: string;
  readonly accessKeyId: string;
}

/** The access key of an account for which the scenario gives none. */
export function defaultAccessKeyId(accountId: string): string {
  return `AKIASIMU${accountId}`;
}

/** The accounts, found by the access keys that speak for them. */
export class Accounts {
  private readonly byAccessKey = new Map<string, string>();

  constructor(readonly list: readonly Account[]) {
    for (const account of list) this.byAccessKey.set(account.accessKeyId, account.id);
  }

  /** The ID of the account an access key belongs to. */
  ofAccessKey(accessKeyId: string): string | undefined {
    return this.byAccessKey.get(accessKeyId);
  }
}
