/** One account in one region: the unit of credentials, pacing and lease. Written `account:region`. */
export type ScopeKey = `${string}:${string}`;

/** The ID of an account. */
export const ACCOUNT_ID = /^\d{12}$/;

/** The name of a region; that of an availability zone is none. */
export const REGION_NAME = /^[a-z]{2}(-[a-z]+)+-\d$/;

export interface Scope {
  readonly account: string;
  readonly region: string;
}

/** @example scopeOf('arn:aws:lightsail:us-east-1:111122223333:Instance/0f3e') // { account: '111122223333', region: 'us-east-1' } */
export function scopeOf(arn: string): Scope {
  const [, , , region = '', account = ''] = arn.split(':');
  return { account, region };
}

export function scopeKey(scope: Scope): ScopeKey {
  return `${scope.account}:${scope.region}`;
}

/** The scopes of some ARNs, each once, sorted, so that leases are always taken in the same order. */
export function scopesOf(arns: Iterable<string>): Scope[] {
  const byKey = new Map<ScopeKey, Scope>();
  for (const arn of arns) {
    const scope = scopeOf(arn);
    byKey.set(scopeKey(scope), scope);
  }
  return [...byKey].sort(([a], [b]) => byCodeUnit(a, b)).map(([, scope]) => scope);
}

/** Orders strings by UTF-16 code unit: the same on every machine and in every locale, which a replay needs. */
export function byCodeUnit(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
