/** Where a spec looks for instances. */
export interface Reach {
  /** Missing: the worker's own. */
  readonly accounts?: readonly string[] | undefined;
  readonly regions: readonly string[] | 'all';
}

/** A place to read: an account, or the worker's own, in a region. */
export interface Place {
  readonly account?: string;
  readonly region: string;
}

/** @example describeReach({ accounts: ['111122223333'], regions: 'all' }) // 'all regions of account 111122223333' */
export function describeReach({ accounts, regions }: Reach): string {
  const where = regions === 'all' ? 'all regions' : regions.join(', ');
  if (accounts === undefined) return where;
  return `${where} of account${accounts.length === 1 ? '' : 's'} ${accounts.join(', ')}`;
}

/** @example describePlace({ account: '111122223333', region: 'us-east-1' }) // 'us-east-1 of account 111122223333' */
export function describePlace({ account, region }: Place): string {
  return account === undefined ? region : `${region} of account ${account}`;
}

/** Which accounts to look into; undefined is the worker's own. */
export function accountsOf({ accounts }: Reach): readonly (string | undefined)[] {
  return accounts ?? [undefined];
}

/**
 * Why a region that answers with this error can hold no instance that the rollout may touch. It matters only where every
 * region was asked for: one that was named has to be readable.
 *
 * An error that may also come of bad keys is none of them: a fleet is never smaller than it is.
 */
export function whyUnused(errorName: string): string | undefined {
  return UNUSED.get(errorName);
}

const UNUSED: ReadonlyMap<string, string> = new Map([
  ['OptInRequired', 'not opted in'],
  ['RegionDisabledException', 'disabled'],
  ['RegionSetupInProgressException', 'still being set up'],
  ['RegionNotConfigured', "left out by the worker's configuration"],
]);

/** A region that was passed over, by why. */
export interface Unused extends Place {
  readonly why: string;
}

/** @example describeUnused([{ region: 'ap-southeast-3', why: 'not opted in' }]) // ['Passed over, as not opted in: ap-southeast-3.'] */
export function describeUnused(unused: readonly Unused[]): string[] {
  const groups = new Map<string, string[]>();
  for (const { account, region, why } of unused) {
    const key = account === undefined ? why : `${why}, of account ${account}`;
    groups.set(key, [...(groups.get(key) ?? []), region]);
  }
  return [...groups].map(([why, regions]) => `Passed over, as ${why}: ${regions.join(', ')}.`);
}

/** The account in the ARN by which CloudTrail names a caller. */
export function accountOfCaller(arn: string | null | undefined): string | undefined {
  return /^arn:[^:]*:(?:iam|sts)::(\d{12}):/.exec(arn ?? '')?.[1];
}
