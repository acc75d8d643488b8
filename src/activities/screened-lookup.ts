import type { LookupAddress } from 'node:dns';
import { lookup } from 'node:dns/promises';
import type { LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';

/** Where a probe must not go; for loopback and private addresses the worker may lift that. */
export class RefusedAddressError extends Error {
  override readonly name = 'RefusedAddressError';

  constructor(address: string) {
    super(`${address} is a private, loopback, link-local or reserved address`);
  }
}

/** What `allowPrivate` opens. Addresses that only lead to other ones, as those of NAT64 do, stay refused. */
const PRIVATE_RANGES: ReadonlySet<string> = new Set(['private', 'loopback', 'uniqueLocal', 'carrierGradeNat']);

/** Metadata services of AWS by IPv6, which are unique-local addresses (EC2 user guide, instance metadata). */
const METADATA_IPV6 = ipaddr.IPv6.parseCIDR('fd00:ec2::/32');

/** IPv4 in the low bits of an IPv6 address, the form from before `::ffff:` (RFC 4291, deprecated). */
const IPV4_COMPATIBLE = ipaddr.IPv6.parseCIDR('::/96');

/**
 * Whether a probe of this address is refused: everything but public unicast. The metadata service of the worker's own
 * machine is refused always, and with it all that is link-local.
 *
 * @param allowPrivate - lets loopback and private addresses pass
 * @example isRefusedAddress('::ffff:127.0.0.1', false) // true
 */
export function isRefusedAddress(address: string, allowPrivate: boolean): boolean {
  if (!ipaddr.isValid(address)) return true;
  // An IPv4 address in the dress of an IPv6 one is judged as what it is.
  const parsed = ipaddr.process(address);
  const range = parsed.range();
  if (parsed instanceof ipaddr.IPv6) {
    if (parsed.match(METADATA_IPV6)) return true;
    if (range === 'unicast' && parsed.match(IPV4_COMPATIBLE)) return true;
  }
  return range !== 'unicast' && !(allowPrivate && PRIVATE_RANGES.has(range));
}

/** Looks a host up: all its addresses. */
export type Resolve = (hostname: string, options: { readonly family?: number }) => Promise<readonly LookupAddress[]>;

/** Looks a host up, and fails where any of its addresses is refused. */
export function screenedLookup(allowPrivate: boolean, resolve: Resolve = resolveBySystem): LookupFunction {
  return (hostname, { all, family }, callback) => {
    resolve(hostname, typeof family === 'number' ? { family } : {})
      .then((addresses) => screen(addresses, allowPrivate))
      .then(
        (addresses) =>
          all ? callback(null, [...addresses]) : callback(null, addresses[0]?.address ?? '', addresses[0]?.family),
        (error: NodeJS.ErrnoException) => callback(error, ''),
      );
  };
}

function resolveBySystem(hostname: string, options: { readonly family?: number }): Promise<readonly LookupAddress[]> {
  return lookup(hostname, { ...options, all: true });
}

function screen(addresses: readonly LookupAddress[], allowPrivate: boolean): readonly LookupAddress[] {
  const refused = addresses.find(({ address }) => isRefusedAddress(address, allowPrivate));
  if (refused !== undefined) throw new RefusedAddressError(refused.address);
  return addresses;
}
