import { type LookupAddress, lookup } from 'node:dns';
import type { LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';

/** Where a probe must not go; the worker may lift that, but for link-local addresses. */
export class RefusedAddressError extends Error {
  override readonly name = 'RefusedAddressError';

  constructor(address: string) {
    super(`${address} is a private, loopback, link-local or reserved address`);
  }
}

/**
 * Whether a probe of this address is refused: everything but public unicast. Link-local ones are refused always, since
 * the metadata service of the worker's own machine is there.
 *
 * @example isRefusedAddress('::ffff:127.0.0.1', false) // true
 */
export function isRefusedAddress(address: string, allowPrivate: boolean): boolean {
  if (!ipaddr.isValid(address)) return true;
  // An IPv4 address in the dress of an IPv6 one is judged as what it is.
  const range = ipaddr.process(address).range();
  if (range === 'unicast') return false;
  return !allowPrivate || range === 'linkLocal';
}

/** Looks a host up as `dns.lookup` does, and fails where any of its addresses is refused. */
export function screenedLookup(allowPrivate: boolean): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, addresses: readonly LookupAddress[]) => {
      if (error) return callback(error, '');
      const refused = addresses.find(({ address }) => isRefusedAddress(address, allowPrivate));
      if (refused !== undefined) return callback(new RefusedAddressError(refused.address), '');
      const [first] = addresses;
      if (options.all) return callback(null, [...addresses]);
      return callback(null, first?.address ?? '', first?.family ?? 0);
    });
  };
}
