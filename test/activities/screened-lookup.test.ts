import type { LookupAddress } from 'node:dns';
import { expect, it } from 'vitest';
import { isRefusedAddress, screenedLookup } from '../../src/activities/screened-lookup.js';

type Asked = { readonly family?: number | 'IPv4' | 'IPv6'; readonly all?: boolean };

/** What a socket is told of a host that has these addresses. */
function lookUp(addresses: readonly LookupAddress[], asked: Asked): Promise<unknown[]> {
  const families: unknown[] = [];
  const lookup = screenedLookup(false, async (_, { family }) => {
    families.push(family);
    return addresses;
  });
  return new Promise((resolve) => lookup('host', asked, (...told) => resolve([...told, families])));
}

const PUBLIC = { address: '203.0.113.7', family: 4 };
const REACHED = { address: '8.8.8.8', family: 4 };

it('all addresses of a host are told where all are asked for, or the first one', async () => {
  expect(await lookUp([REACHED], { all: true, family: 4 })).toEqual([null, [REACHED], [4]]);
  expect(await lookUp([REACHED, { address: '1.1.1.1', family: 4 }], {})).toEqual([null, '8.8.8.8', 4, [undefined]]);
});

it('a host without an address has the empty one', async () => {
  expect(await lookUp([], { family: 'IPv4' })).toEqual([null, '', undefined, [undefined]]);
});

it('one address that is refused is enough', async () => {
  const [error, address] = await lookUp([REACHED, PUBLIC], { all: true });
  expect(error).toMatchObject({ name: 'RefusedAddressError', message: expect.stringContaining('203.0.113.7') });
  expect(address).toBe('');
});

it('what is no address is refused', () => {
  expect(isRefusedAddress('example.com', true)).toBe(true);
});
