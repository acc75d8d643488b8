import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  describeChange,
  differingFields,
  fieldsOf,
  isCompliant,
  knowsEnough,
  type MetadataOptions,
  mergeOptions,
  pickOptions,
  restoreOptions,
  updateFields,
} from '../../src/rollout/options.js';
import { CLOSED, OPEN } from './builders.js';

const tokens = fc.constantFrom('optional' as const, 'required' as const);
const onOff = fc.constantFrom('enabled' as const, 'disabled' as const);
const members = {
  httpTokens: tokens,
  httpEndpoint: onOff,
  httpPutResponseHopLimit: fc.integer({ min: 1, max: 3 }),
  httpProtocolIpv6: onOff,
};
const whole: fc.Arbitrary<MetadataOptions> = fc.record(members);
const some: fc.Arbitrary<MetadataOptions> = fc.record(members, { requiredKeys: [] });
const readable: fc.Arbitrary<MetadataOptions> = fc.record(members, { requiredKeys: ['httpTokens'] });

test.each<[string, MetadataOptions, MetadataOptions, boolean]>([
  ['right in every asked field', CLOSED, { httpTokens: 'required' }, true],
  [
    'right in one asked field and wrong in another',
    CLOSED,
    { httpTokens: 'required', httpPutResponseHopLimit: 2 },
    false,
  ],
  [
    'wrong only in a field that is not asked',
    { ...CLOSED, httpEndpoint: 'disabled' },
    { httpTokens: 'required' },
    true,
  ],
  ['unknown in an asked field', {}, { httpTokens: 'required' }, false],
  ['asked for nothing', OPEN, {}, true],
])('compliance: %s', (_, current, asked, compliant) => {
  expect(isCompliant(current, asked)).toBe(compliant);
});

test.each<[string, MetadataOptions | undefined, MetadataOptions, boolean]>([
  ['no reply at all', undefined, { httpTokens: 'required' }, false],
  [
    'tokens unknown, though only the hop limit is asked for',
    { httpPutResponseHopLimit: 1 },
    { httpPutResponseHopLimit: 2 },
    false,
  ],
  ['an asked field unknown', { httpTokens: 'optional' }, { httpPutResponseHopLimit: 2 }, false],
  ['tokens and the asked fields', OPEN, { httpPutResponseHopLimit: 2 }, true],
])('knowing enough to change and to go back: %s', (_, current, asked, enough) => {
  expect(knowsEnough(current, asked)).toBe(enough);
});

test('merging sets just the fields that are asked for, and makes the result compliant', () => {
  fc.assert(
    fc.property(whole, some, (current, asked) => {
      const merged = mergeOptions(current, asked);
      expect(isCompliant(merged, asked)).toBe(true);
      expect(fieldsOf(merged).filter((field) => merged[field] !== current[field])).toEqual(
        differingFields(current, asked),
      );
    }),
  );
});

test('a difference is what compliance lacks', () => {
  fc.assert(
    fc.property(some, some, (current, asked) => {
      expect(differingFields(current, asked).length === 0).toBe(isCompliant(current, asked));
    }),
  );
});

describe('an Update', () => {
  test.each<[string, MetadataOptions, MetadataOptions, MetadataOptions]>([
    [
      'that asks for a hop limit keeps required tokens',
      CLOSED,
      { httpPutResponseHopLimit: 2 },
      { httpTokens: 'required', httpPutResponseHopLimit: 2 },
    ],
    [
      'that asks for tokens leaves an endpoint off that was off on purpose',
      { ...OPEN, httpEndpoint: 'disabled' },
      { httpTokens: 'required' },
      { httpTokens: 'required' },
    ],
    ['that asks for tokens names no other', OPEN, { httpTokens: 'optional' }, { httpTokens: 'optional' }],
  ])('%s', (_, current, wanted, sent) => {
    expect(updateFields(current, wanted)).toEqual(sent);
  });

  test('always names httpTokens, changes nothing that was not wanted, and sends the rest as it is wanted', () => {
    fc.assert(
      fc.property(readable, some, (current, wanted) => {
        const sent = updateFields(current, wanted);
        expect(sent.httpTokens).toBe(wanted.httpTokens ?? current.httpTokens);
        expect(pickOptions(sent, fieldsOf(wanted))).toEqual(pickOptions(wanted, fieldsOf(wanted)));
        expect(fieldsOf(sent).filter((field) => field !== 'httpTokens')).toEqual(
          fieldsOf(wanted).filter((field) => field !== 'httpTokens'),
        );
      }),
    );
  });
});

describe('a restore', () => {
  test('sets exactly the asked fields back to what they were', () => {
    fc.assert(
      fc.property(whole, some, (before, desired) => {
        const back = restoreOptions(before, desired, false);
        expect(fieldsOf(back)).toEqual(fieldsOf(desired));
        expect(isCompliant(before, back)).toBe(true);
      }),
    );
  });

  test('with keepTokens never lowers tokens, and differs in nothing else', () => {
    fc.assert(
      fc.property(whole, some, (before, desired) => {
        const back = restoreOptions(before, desired, true);
        expect(back.httpTokens === 'optional' && desired.httpTokens === 'required').toBe(false);
        const { httpTokens: _, ...others } = back;
        expect(restoreOptions(before, desired, false)).toMatchObject(others);
      }),
    );
  });

  test('with keepTokens still takes a loosening back', () => {
    expect(restoreOptions(CLOSED, { httpTokens: 'optional' }, true)).toEqual({ httpTokens: 'required' });
  });
});

test('a change is told field by field, what was unknown included', () => {
  expect(describeChange(OPEN, { httpTokens: 'required', httpEndpoint: 'enabled', httpPutResponseHopLimit: 2 })).toBe(
    'httpTokens optional → required, httpPutResponseHopLimit 1 → 2',
  );
  expect(describeChange({}, { httpTokens: 'required' })).toBe('httpTokens unknown → required');
});

test('an Update of what is not known sends what is wanted', () => {
  expect(updateFields({}, { httpPutResponseHopLimit: 2 })).toEqual({ httpPutResponseHopLimit: 2 });
  expect(updateFields(undefined, { httpTokens: 'required' })).toEqual({ httpTokens: 'required' });
  expect(pickOptions(undefined, ['httpTokens'])).toEqual({});
  expect(isCompliant(undefined, { httpTokens: 'required' })).toBe(false);
});
