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
const BUSY: UseReading = { calls: 12, lastUsed: '2026-11-20T13:00:00.000Z' };
const DARK: UseReading = { unknown: 'MetadataNoToken has no data points' };
const SAID = '12 calls without a token in the last 14d, the last after 2026-11-20 13:00 UTC';
const UNSAID = 'no evidence: MetadataNoToken has no data points';

const web3 = instance('web-3');

describe('a host', () => {
  test.each<[string, Partial<EvidencePolicy>, UseReading | undefined, object]>([
    ['without a call passes', {}, { calls: 0 }, { kind: 'passes' }],
    ['with a call is blocked, with count and last use', {}, BUSY, { kind: 'blocked', detail: SAID }],
    [
      'with one call of unknown time is blocked',
      { lookback: DAY / 24 },
      { calls: 1 },
      { kind: 'blocked', detail: '1 call without a token in the last 1h' },
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
    ['that is named and has no calls passes by itself', { allow: ['web-3'] }, { calls: 0 }, { kind: 'passes' }],
    ['in another region is another one', { allow: ['eu-west-1/web-3'] }, BUSY, { kind: 'blocked' }],
    ['in this account goes ahead', { allow: [`${ACCOUNT}/us-east-1/web-3`] }, BUSY, { kind: 'allowed' }],
    ['in another account is another one', { allow: ['444455556666/us-east-1/web-3'] }, BUSY, { kind: 'blocked' }],
    // Without a slash it is a name: us-* is no region.
    ['is not named by the region of its label', { allow: ['us-*'] }, BUSY, { kind: 'blocked' }],
  ])('%s', (_, changes, reading, verdict) => {
    expect(judgeUse({ ...POLICY, ...changes }, web3, reading)).toMatchObject(verdict);
  });
});

test('a reading is good for an hour', () => {
  expect(MAX_EVIDENCE_AGE).toBe(3_600_000);
  expect(isOld(1_000, 1_000 + 3_600_000)).toBe(false);
  expect(isOld(1_000, 1_001 + 3_600_000)).toBe(true);
});

test('every instance is clear, blocked or failing, and only clear ones are allowed or unproven', () => {
  const reading = fc.oneof(fc.record({ calls: fc.nat(3) }), fc.constant(DARK));
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
      const known = new Map(
        hosts.flatMap(({ arn }, index) => (readings[index] ? [[arn, readings[index]] as const] : [])),
      );
      const { clear, allowed, unproven, blocked, failing } = weighEvidence(gate, hosts, known);
      const sorted = (names: readonly string[]) => [...names].sort();
      expect(
        sorted([...clear, ...[...blocked, ...failing].map((doubt) => doubt.instance)].map(({ arn }) => arn)),
      ).toEqual(sorted(hosts.map(({ arn }) => arn)));
      const isClear = new Set(clear.map(({ arn }) => arn));
      expect([...allowed, ...unproven].every(({ arn }) => isClear.has(arn))).toBe(true);
      for (const { arn } of clear) {
        const read = known.get(arn);
        const isProven = read !== undefined && 'calls' in read && read.calls <= gate.max;
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
