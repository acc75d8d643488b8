import type { FleetInstance } from './instance.js';
import type { Place } from './reach.js';

/** The ARN of an instance (service authorization reference of Lightsail). */
const INSTANCE_ARN = /^arn:[^:]+:lightsail:[^:]+:\d{12}:Instance\/[^/]+$/;

/** Whether this is the ARN of an instance. */
export function isInstanceArn(arn: string): boolean {
  return INSTANCE_ARN.test(arn);
}

/**
 * Why an instance is not one of the place in whose listing it stands; undefined where it is. A change of it would go to
 * the place in its ARN, which nobody has selected.
 */
export function whyOutOfScope(
  { arn, account, region }: Pick<FleetInstance, 'arn' | 'account' | 'region'>,
  place: Place,
): string | undefined {
  if (!isInstanceArn(arn)) return `it is listed in ${place.region}, and its ARN is none of an instance`;
  if (region !== place.region) return `it is listed in ${place.region}, and its ARN is of ${region}`;
  if (place.account === undefined || account === place.account) return undefined;
  return `it is listed in account ${place.account}, and its ARN is of account ${account}`;
}

/**
 * The fleet as it was listed, each instance once. One that stands in the listing of its own place is taken from there;
 * where the account isn't known, and listings name several, no instance of them can be trusted.
 *
 * @param isKnown - whether each listing was asked for by its account
 */
export function settleListings(fleet: readonly FleetInstance[], isKnown: boolean): FleetInstance[] {
  const byArn = new Map<string, FleetInstance>();
  for (const instance of fleet) {
    const earlier = byArn.get(instance.arn);
    if (earlier === undefined || earlier.outOfScope !== undefined) byArn.set(instance.arn, instance);
  }
  const all = [...byArn.values()];
  const accounts = new Set(all.filter(({ outOfScope }) => outOfScope === undefined).map(({ account }) => account));
  if (isKnown || accounts.size < 2) return all;
  const names = [...accounts].sort().slice(0, 3).join(', ');
  const why = `the listings hold instances of several accounts (${names}): name the one to change (targets.accounts)`;
  return all.map((instance) => withoutReading(instance, instance.outOfScope ?? why));
}

/** An instance that is not to be changed, and of which nothing is taken for known. */
export function withoutReading(instance: FleetInstance, outOfScope: string): FleetInstance {
  const { options: _, optionsState: __, impaired: ___, ...kept } = instance;
  return { ...kept, outOfScope };
}
