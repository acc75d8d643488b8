import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  describeFailing,
  type EvidencePolicy,
  isOld,
  judgeUse,
  MAX_EVIDENCE_AGE,
  type UseReading,
  weighEvidence,
} from '../../src/rollout/evidence.js';
import { ACCOUNT, fleet, instance } from './builders.js';

const DAY = 86_400_000;
const POLICY: EvidencePolicy = { lookback: 14 * DAY, max: 0, onExceed: 'block', onUnknown: 'block', allow: [] };
/** Data of all the hours. */
const WHOLE = { hours: 336, expected: 336 };
const BUSY: UseReading = { calls: 12, lastUsed: '2026-11-20T13:00:00.000Z', ...WHOLE };
const DARK: UseReading = { unknown: 'MetadataNoToken has no data points' };
const SAID = '12 calls without a token in the last 14d, the last after 2026-11-20 13:00 UTC, data of 336 of 336 hours';
const UNSAID = 'no evidence: MetadataNoToken has no data points';

const web3 = instance('web-3');

describe('a host', () => {
  test.each<[string, Partial<EvidencePolicy>, UseReading | undefined, object]>([
    ['without a call passes', {}, { calls: 0, ...WHOLE }, { kind: 'passes' }],
    ['with a call is blocked, with count and last use', {}, BUSY, { kind: 'blocked', detail: SAID }],
    [
      'with one call of unknown time is blocked',
      { lookback: DAY / 24 },
      { calls: 1, hours: 0, expected: 1 },
      { kind: 'blocked', detail: '1 call without a token in the last 1h, data of 0 of 1 hour' },
    ],
    ['with as many calls as it may have passes', { max: 12 }, BUSY, { kind: 'passes' }],
    ['with one more is blocked', { max: 11 }, BUSY, { kind: 'blocked', detail: `${SAID}, more than 11` }],
    ['with a call fails the plan where the spec says so', { onExceed: 'fail' }, BUSY, { kind: 'fails', detail: SAID }],
    ['without data is blocked, never taken for one without calls', {}, DARK, { kind: 'blocked', detail: UNSAID }],
    ['without data is blocked whatever it may have', { max: 1_000 }, DARK, { kind: 'blocked', detail: UNSAID }],
    ['without data fails the plan', { onUnknown: 'fail' }, DARK, { kind: 'fails', detail: UNSAID }],
    ['without data goes ahead', { onUnknown: 'allow', onExceed: 'fail' }, DARK, { kind: 'unproven', detail: UNSAID }],
    ['that nobody has read is unknown', {}, undefined, { kind: 'blocked', detail: 'no evidence: it was not read' }],
    ['that is named goes ahead, and is told', { allow: ['web-3'] }, BUSY, { kind: 'allowed', detail: SAID }],
    ['that is named goes ahead where others fail', { allow: ['web-*'], onExceed: 'fail' }, BUSY, { kind: 'allowed' }],
    ['that is named goes ahead without data', { allow: ['us-east-1/web-?'] }, DARK, { kind: 'allowed' }],
    [
      'that is named and has no calls passes by itself',
      { allow: ['web-3'] },
      { calls: 0, ...WHOLE },
      { kind: 'passes' },
    ],
    ['in another region is another one', { allow: ['eu-west-1/web-3'] }, BUSY, { kind: 'blocked' }],
    ['in this account goes ahead', { allow: [`${ACCOUNT}/us-east-1/web-3`] }, BUSY, { kind: 'allowed' }],
    ['in another account is another one', { allow: ['444455556666/us-east-1/web-3'] }, BUSY, { kind: 'blocked' }],
    // Without a slash it is a name: us-* is no region.
    ['is not named by the region of its label', { allow: ['us-*'] }, BUSY, { kind: 'blocked' }],
  ])('%s', (_, changes, reading, verdict) => {
    expect(judgeUse({ ...POLICY, ...changes }, web3, reading)).toMatchObject(verdict);
  });
});

describe('a host without calls, with data', () => {
  const passes = (hours: number, expected: number) =>
    judgeUse(POLICY, web3, { calls: 0, hours, expected }).kind === 'passes';

  test.each<[string, number, number, boolean]>([
    ['of every hour, passes', 336, 336, true],
    ['of all but the last hours, which come late, passes', 333, 336, true],
    ['of half of the time, as it was stopped in the nights, passes', 168, 336, true],
    ['of working hours only, passes', 90, 336, true],
    ['of one hour in 14 days, proves nothing', 1, 336, false],
    ['of no hour, proves nothing', 0, 336, false],
    ['of two days in 14, proves nothing', 48, 336, false],
    ['of its three days, passes', 72, 72, true],
    ['of an hour in its three days, proves nothing', 1, 72, false],
    ['of its only hour, passes', 1, 1, true],
    ['of none of its only hour, proves nothing', 0, 1, false],
  ])('%s', (_, hours, expected, result) => {
    expect(passes(hours, expected)).toBe(result);
  });

  test('of a quarter of the time passes, and of less proves nothing, whatever the time', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1_440 }), fc.integer({ min: 0, max: 1_440 }), (expected, hours) => {
        expect(passes(hours, expected)).toBe(hours >= 1 && hours * 4 >= expected);
      }),
    );
  });

  test.each<[Partial<EvidencePolicy>, object]>([
    [{}, { kind: 'blocked', detail: 'no evidence: MetadataNoToken has data of 1 of 336 hours, and it takes 84' }],
    [{ onUnknown: 'fail' }, { kind: 'fails' }],
    [{ onUnknown: 'allow', onExceed: 'fail' }, { kind: 'unproven' }],
    [{ allow: ['web-3'] }, { kind: 'allowed', detail: expect.stringContaining('data of 1 of 336 hours') }],
    [{ max: 1_000 }, { kind: 'blocked' }],
  ])('of too few hours is unknown: %j', (changes, verdict) => {
    expect(judgeUse({ ...POLICY, ...changes }, web3, { calls: 0, hours: 1, expected: 336 })).toMatchObject(verdict);
  });

  test('a call counts however few hours there is data of', () => {
    const reading = { calls: 1, hours: 1, expected: 336 };
    expect(judgeUse({ ...POLICY, onUnknown: 'allow' }, web3, reading)).toEqual({
      kind: 'blocked',
      detail: '1 call without a token in the last 14d, data of 1 of 336 hours',
    });
  });
});

test('a reading is good for an hour', () => {
  expect(MAX_EVIDENCE_AGE).toBe(3_600_000);
  expect(isOld(1_000, 1_000 + 3_600_000)).toBe(false);
  expect(isOld(1_000, 1_001 + 3_600_000)).toBe(true);
});

test('every instance is clear, blocked or failing, and only clear ones are allowed or unproven', () => {
  const known = fc.record({ calls: fc.nat(3), hours: fc.nat(8), expected: fc.constant(8) });
  const reading = fc.oneof(known, fc.constant(DARK));
  const policy = fc.record({
    lookback: fc.constant(DAY),
    max: fc.nat(2),
    onExceed: fc.constantFrom('block' as const, 'fail' as const),
    onUnknown: fc.constantFrom('block' as const, 'fail' as const, 'allow' as const),
    allow: fc.subarray(['web-0', 'us-east-1/web-1', 'web-*']),
  });
  fc.assert(
    fc.property(policy, fc.array(fc.option(reading), { maxLength: 6 }), (gate, readings) => {
      const hosts = fleet(readings.length);
      const byArn = new Map(
        hosts.flatMap(({ arn }, index) => (readings[index] ? [[arn, readings[index]] as const] : [])),
      );
      const { clear, allowed, unproven, blocked, failing } = weighEvidence(gate, hosts, byArn);
      const sorted = (names: readonly string[]) => [...names].sort();
      expect(
        sorted([...clear, ...[...blocked, ...failing].map((doubt) => doubt.instance)].map(({ arn }) => arn)),
      ).toEqual(sorted(hosts.map(({ arn }) => arn)));
      const isClear = new Set(clear.map(({ arn }) => arn));
      expect([...allowed, ...unproven].every(({ arn }) => isClear.has(arn))).toBe(true);
      for (const { arn } of clear) {
        const read = byArn.get(arn);
        const isProven = read !== undefined && 'calls' in read && read.calls <= gate.max && read.hours >= 2;
        const isLetThrough = [...allowed, ...unproven].some((one) => one.arn === arn);
        expect(isProven).toBe(!isLetThrough);
      }
    }),
  );
});

test('what fails a plan names a few hosts and the remedies', () => {
  const failing = fleet(7).map((host) => ({ instance: host, detail: SAID }));
  const said = describeFailing(failing);
  expect(said).toMatch(
    /^The evidence is against 7 instances: us-east-1\/web-0 \(12 calls .*\), .*web-4 .* and 2 more\./,
  );
  expect(said).toMatch(/IMDSv2.*evidence\.allow.*evidence\.onExceed/);
});
