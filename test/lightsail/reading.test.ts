import { type Instance, InstanceHealthStatusValue } from '@aws-sdk/client-lightsail';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { publicAddressesOf, readStatus, toFleetInstance } from '../../src/lightsail/index.js';

const ARN = 'arn:aws:lightsail:eu-west-1:111122223333:Instance/0f3e4a52-8b0a-4ac7-9d0e-0123456789ab';

/** `unknown` members stand for what the wire may hold against the SDK's types. */
function raw(members: Record<string, unknown>): Instance {
  return Object.assign({}, members);
}

function read(members: Record<string, unknown>) {
  return toFleetInstance(raw({ arn: ARN, name: 'web-1', ...members }));
}

const EMPTY = { arn: ARN, name: 'web-1', account: '111122223333', region: 'eu-west-1', state: 'unknown', tags: {} };

test('a whole instance is read whole', () => {
  const metadataOptions = {
    state: 'pending',
    httpTokens: 'optional',
    httpEndpoint: 'enabled',
    httpPutResponseHopLimit: 2,
    httpProtocolIpv6: 'disabled',
  };
  expect(
    read({
      createdAt: new Date(1_767_225_600_500),
      blueprintId: 'ubuntu_22_04',
      state: { code: 16, name: 'running' },
      tags: [{ key: 'env', value: 'prod' }, { key: 'bare' }, { value: 'no key' }],
      metadataOptions,
    }),
  ).toStrictEqual({
    ...EMPTY,
    createdAt: '2026-01-01T00:00:00.500Z',
    blueprint: 'ubuntu_22_04',
    state: 'running',
    tags: { env: 'prod', bare: '' },
    options: {
      httpTokens: 'optional',
      httpEndpoint: 'enabled',
      httpPutResponseHopLimit: 2,
      httpProtocolIpv6: 'disabled',
    },
    optionsState: 'pending',
  });
});

test('an instance without anything else is known by ARN and name only', () => {
  expect(read({})).toStrictEqual(EMPTY);
});

describe('what is missing, unknown or of the wrong type is left out', () => {
  const wrong = [undefined, null, '', 'later', 'REQUIRED', 7.5, -1, 0, Number.NaN, true, [], {}];

  test.each(['httpTokens', 'httpEndpoint', 'httpPutResponseHopLimit', 'httpProtocolIpv6', 'state'])('%s', (field) => {
    for (const value of wrong) {
      const rest = field === 'httpTokens' ? { httpEndpoint: 'enabled' } : { httpTokens: 'required' };
      expect(read({ metadataOptions: { ...rest, [field]: value } })).toStrictEqual({ ...EMPTY, options: rest });
    }
  });

  test.each([undefined, null, 'x', 3, {}, [], { httpTokens: 'later' }])('metadataOptions: %j is unknown', (value) => {
    expect(read({ metadataOptions: value })).toStrictEqual(EMPTY);
  });

  test('pending options of which nothing is known keep their state', () => {
    expect(read({ metadataOptions: { state: 'pending' } })).toStrictEqual({ ...EMPTY, optionsState: 'pending' });
  });

  test.each([
    { createdAt: new Date(Number.NaN) },
    { createdAt: 'yesterday' },
    { blueprintId: 5 },
    { state: { name: 3 } },
    { state: 'running' },
    { tags: 'env' },
    { tags: [null, 1, { key: 2 }] },
  ])('%j', (members) => {
    expect(read(members)).toStrictEqual(EMPTY);
  });

  test('a state that is not known yet is kept as the API names it', () => {
    expect(read({ state: { name: 'hibernating' } })?.state).toBe('hibernating');
  });
});

describe('an instance that cannot be pinned', () => {
  test.each([
    { name: undefined },
    { name: '' },
    { arn: undefined },
    { arn: '' },
    { arn: 'web-1' },
    { arn: 'arn:aws:lightsail::111122223333:Instance/x' },
    { arn: 'arn:aws:lightsail:eu-west-1::Instance/x' },
    { arn: 'arn:aws:ec2:eu-west-1:111122223333:instance/i-1' },
  ])('is no fleet instance: %j', (members) => {
    expect(read(members)).toBeUndefined();
  });

  test('partitions other than aws are read', () => {
    expect(read({ arn: 'arn:aws-cn:lightsail:cn-north-1:111122223333:Instance/x' })?.region).toBe('cn-north-1');
  });
});

test('tags named like members of Object are tags like any other, through JSON too', () => {
  const tags = read({ tags: ['__proto__', 'constructor', 'toString'].map((key) => ({ key, value: 'own' })) })?.tags;
  for (const each of [tags, JSON.parse(JSON.stringify(tags))]) {
    expect(Object.entries(each)).toEqual([
      ['__proto__', 'own'],
      ['constructor', 'own'],
      ['toString', 'own'],
    ]);
  }
  expect({}).not.toHaveProperty('own');
});

test('nothing on the wire makes a reading throw, and a reading goes through JSON unchanged', () => {
  const options = fc.record(
    {
      state: fc.anything(),
      httpTokens: fc.oneof(fc.constantFrom('optional', 'required'), fc.anything()),
      httpEndpoint: fc.anything(),
      httpPutResponseHopLimit: fc.oneof(fc.double(), fc.integer(), fc.anything()),
      httpProtocolIpv6: fc.anything(),
    },
    { requiredKeys: [] },
  );
  const members = fc.record(
    {
      arn: fc.oneof(fc.constant(ARN), fc.anything()),
      name: fc.oneof(fc.string(), fc.anything()),
      createdAt: fc.oneof(fc.date({ noInvalidDate: false }), fc.anything()),
      state: fc.anything(),
      blueprintId: fc.anything(),
      tags: fc.oneof(
        fc.array(fc.record({ key: fc.oneof(fc.string(), fc.anything()), value: fc.anything() })),
        fc.anything(),
      ),
      metadataOptions: fc.oneof(options, fc.anything()),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(members, (each) => {
      const reading = read(each);
      if (reading !== undefined) expect(JSON.parse(JSON.stringify(reading))).toStrictEqual(reading);
    }),
    { numRuns: 500 },
  );
});

describe('the status checks', () => {
  /** What is read of an instance with these two statuses. */
  const status = (instanceStatus: unknown, systemStatus: unknown) =>
    readStatus(raw({ instanceStatus: { status: instanceStatus }, systemStatus: { status: systemStatus } }));

  test.each([
    ['ok', 'ok', { applies: true }],
    ['impaired', 'ok', { applies: true, impaired: 'the instance status check says impaired' }],
    ['ok', 'impaired', { applies: true, impaired: 'the system status check says impaired' }],
    ['impaired', 'impaired', { applies: true, impaired: 'the instance status check says impaired' }],
    ['initializing', 'ok', { applies: true, unclear: 'the instance status check says initializing' }],
    ['ok', 'insufficient-data', { applies: true, unclear: 'the system status check says insufficient-data' }],
    ['initializing', 'impaired', { applies: true, impaired: 'the system status check says impaired' }],
    ['not-applicable', 'not-applicable', { applies: false }],
    ['not-applicable', 'ok', { applies: false }],
    ['impaired', 'not-applicable', { applies: true, impaired: 'the instance status check says impaired' }],
    ['hibernating', 'ok', { applies: true, unclear: 'the instance status check says hibernating' }],
    [undefined, 'ok', { applies: true, unclear: 'the instance status check says nothing' }],
    ['ok', null, { applies: true, unclear: 'the system status check says nothing' }],
    [7, 'ok', { applies: true, unclear: 'the instance status check says nothing' }],
  ])('%s and %s', (instanceStatus, systemStatus, reading) => {
    expect(status(instanceStatus, systemStatus)).toEqual(reading);
  });

  test.each(Object.values(InstanceHealthStatusValue))(
    '%s, a status that the API knows, is not a pass unless it is ok',
    (value) => {
      const { applies, impaired, unclear } = status(value, value);
      const says = impaired ? 'fail' : unclear ? 'unclear' : applies ? 'pass' : 'nothing';
      expect(says === 'pass').toBe(value === 'ok');
    },
  );

  test('that were not asked for say nothing, and no instance is impaired for it', () => {
    expect(readStatus({})).toEqual({ applies: true, unclear: 'the instance status check says nothing' });
    expect(read({})).not.toHaveProperty('impaired');
    expect(read({ instanceStatus: { status: 'impaired' } })?.impaired).toContain('impaired');
  });
});

test.each([
  [{}, []],
  [{ publicIpAddress: '203.0.113.7' }, ['203.0.113.7']],
  [{ publicIpAddress: '203.0.113.7', ipv6Addresses: ['2001:db8::1'] }, ['203.0.113.7', '2001:db8::1']],
  [{ ipv6Addresses: ['2001:db8::1', '', 7, null] }, ['2001:db8::1']],
  [{ publicIpAddress: null, ipv6Addresses: '2001:db8::1' }, []],
])('the public addresses of %j', (members, addresses) => {
  expect(publicAddressesOf(raw(members))).toEqual(addresses);
});
