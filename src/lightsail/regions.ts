import type { CallOptions, Lightsail } from './api.js';
import { NamedError } from './named-error.js';
import { memberOf, textOf } from './untrusted.js';

/** Any region knows all of them. */
export const REGION_TO_ASK = 'us-east-1';

/**
 * The names of all regions of Lightsail, sorted, whether the account may use them or not.
 *
 * @throws what the call throws, and NamedError `EmptyReply` for a reply that names none
 * @example await readRegionNames(retryThrottledCalls(lightsail({ region: REGION_TO_ASK }))) // ['ap-northeast-1', …]
 */
export async function readRegionNames(lightsail: Pick<Lightsail, 'getRegions'>, call?: CallOptions): Promise<string[]> {
  const { regions, $metadata } = await lightsail.getRegions({}, call);
  const names = Array.isArray(regions) ? regions.map((region: unknown) => textOf(memberOf(region, 'name'))) : [];
  if (names.length > 0 && names.every((name) => name !== undefined)) return [...new Set(names)].sort();
  throw new NamedError(
    'EmptyReply',
    'GetRegions named no region, or one without a name. Try again.',
    $metadata.requestId,
  );
}
