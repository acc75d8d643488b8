import { describe, expect, it } from 'vitest';
import { type AuditPolicy, auditInstance, countPostures, type Posture, regressions } from '../../src/rollout/audit.js';
import type { FleetInstance } from '../../src/rollout/instance.js';

const POLICY: AuditPolicy = { options: { httpTokens: 'required' }, overrides: [], exceptions: [] };

const instance = (changes: Partial<FleetInstance> = {}): FleetInstance => ({
  arn: 'arn:aws:lightsail:us-east-1:111122223333:Instance/1',
  name: 'web-1',
  account: '111122223333',
  region: 'us-east-1',
  state: 'running',
  tags: {},
  options: { httpTokens: 'optional', httpPutResponseHopLimit: 1 },
  optionsState: 'applied',
  ...changes,
});

const { options: _, optionsState: __, ...unread } = instance();
const waived: AuditPolicy = { ...POLICY, exceptions: [{ names: ['web-*'], reason: 'old agent' }] };
const overridden: AuditPolicy = {
  ...POLICY,
  overrides: [{ match: { names: ['web-*'] }, options: { httpPutResponseHopLimit: 2 } }],
};
const REQUIRED = { options: { httpTokens: 'required', httpPutResponseHopLimit: 1 } } as const;

describe('an instance is', () => {
  it.each<[string, AuditPolicy, FleetInstance, Posture, string]>([
    ['compliant', POLICY, instance(REQUIRED), 'compliant', ''],
    ['noncompliant, with what it lacks', POLICY, instance(), 'noncompliant', 'httpTokens optional → required'],
    [
      'noncompliant while a change is pending',
      POLICY,
      instance({ ...REQUIRED, optionsState: 'pending' }),
      'noncompliant',
      'a change of it is pending',
    ],
    [
      'held against the override that matches',
      overridden,
      instance(REQUIRED),
      'noncompliant',
      'httpPutResponseHopLimit 1 → 2',
    ],
    ['unknown where nothing could be read', POLICY, unread, 'unknown', 'its metadata options can not be read'],
    [
      'unknown where a wanted field could not be',
      overridden,
      instance({ options: { httpTokens: 'required' } }),
      'unknown',
      'its metadata options can not be read',
    ],
    ['exempt where the spec says so', waived, instance(), 'exempt', 'old agent'],
    [
      'exempt where its owner says so',
      POLICY,
      instance({ tags: { 'imds-rollout': 'skip' } }),
      'exempt',
      'opted out by tag',
    ],
    ['compliant though it is an exception', waived, instance(REQUIRED), 'compliant', ''],
  ])('%s', (_, policy, read, posture, why) => {
    expect(auditInstance(policy, read)).toMatchObject({ posture, why });
  });
});

it('what has become worse than in a baseline counts, new instances as if they had been compliant', () => {
  const ALL: Posture[] = ['noncompliant', 'unknown', 'exempt', 'compliant'];
  const entry = (posture: Posture, before: string) => ({
    ...auditInstance(POLICY, instance({ arn: `${before}-${posture}` })),
    posture,
  });
  const entries = [...ALL, 'new' as const].flatMap((before) => ALL.map((now) => entry(now, before)));
  const baseline = ALL.flatMap((before) => ALL.map((now) => ({ arn: `${before}-${now}`, posture: before })));
  const worse = (fails: Posture[]) => regressions(entries, baseline, fails).map(({ entry: { arn } }) => arn);
  expect(worse(['noncompliant'])).toEqual([
    'unknown-noncompliant',
    'exempt-noncompliant',
    'compliant-noncompliant',
    'new-noncompliant',
  ]);
  expect(worse(['noncompliant', 'unknown'])).toEqual([
    'unknown-noncompliant',
    'exempt-noncompliant',
    'exempt-unknown',
    'compliant-noncompliant',
    'compliant-unknown',
    'new-noncompliant',
    'new-unknown',
  ]);
  expect(worse([])).toEqual([]);
  expect(countPostures(entries)).toEqual({ noncompliant: 5, unknown: 5, exempt: 5, compliant: 5 });
});

it('an instance whose ARN is of another place is unknown, whatever its options say', () => {
  const foreign = instance({ ...REQUIRED, outOfScope: 'its ARN is of eu-west-1' });
  expect(auditInstance(POLICY, foreign)).toMatchObject({ posture: 'unknown', why: 'its ARN is of eu-west-1' });
});
