import { describe, expect, test } from 'vitest';
import { renderDetails } from '../../src/rollout/details.js';
import type { UseReading } from '../../src/rollout/evidence.js';
import { Ledger } from '../../src/rollout/ledger.js';
import { instancesToWeigh, planRollout } from '../../src/rollout/planner.js';
import { describeEvidence, summarizeEvidence } from '../../src/rollout/status.js';
import { arnOf, CLOSED, fleet, instance, outline, planOf, planWith, spec, withoutOptions } from './builders.js';

const WHOLE = { hours: 336, expected: 336 };
const QUIET = { calls: 0, ...WHOLE };
const BUSY = { calls: 12, lastUsed: '2026-11-20T13:00:00.000Z', ...WHOLE };
const DARK = { unknown: 'MetadataNoToken has no data points' };

function readings(byName: Readonly<Record<string, UseReading>>): Map<string, UseReading> {
  return new Map(Object.entries(byName).map(([name, reading]) => [arnOf(name), reading]));
}

const ON = { evidence: {}, stages: [{ name: 'all', size: 'rest' }] };
const three = fleet(3);
const one = { 'web-0': QUIET, 'web-1': BUSY, 'web-2': DARK };

describe('a plan asks for the evidence of', () => {
  const asked = (changes: object, instances = three, bounds = {}) =>
    instancesToWeigh(spec({ ...ON, ...changes }), instances, bounds).map(({ name }) => name);
  const raised = instance('hops', { options: CLOSED });

  test.each<[string, object, Parameters<typeof asked>[1], object, string[]]>([
    ['all whose tokens become required', {}, three, {}, ['web-0', 'web-1', 'web-2']],
    ['none where it is off', { evidence: 'off' }, three, {}, []],
    ['none where tokens stay as they are', { options: { httpPutResponseHopLimit: 2 } }, three, {}, []],
    [
      'none whose tokens are required',
      { options: { httpTokens: 'required', httpPutResponseHopLimit: 2 } },
      [raised],
      {},
      [],
    ],
    ['none where tokens become optional', { options: { httpTokens: 'optional' } }, [raised], {}, []],
    ['those within the bounds', {}, three, { only: ['web-1'] }, ['web-1']],
    [
      'none that something else settles',
      { exceptions: [{ names: ['waived'], reason: 'old' }] },
      [
        instance('waived'),
        instance('out', { tags: { 'imds-rollout': 'skip' } }),
        instance('ill', { impaired: 'the instance status check says impaired' }),
        withoutOptions(instance('unknown')),
        instance('web-0'),
      ],
      {},
      ['web-0'],
    ],
    [
      'those that an override takes to required',
      {
        options: { httpPutResponseHopLimit: 2 },
        overrides: [{ match: { names: ['web-1'] }, options: { httpTokens: 'required' } }],
      },
      three,
      {},
      ['web-1'],
    ],
  ])('%s', (_, changes, instances, bounds, names) => {
    expect(asked(changes, instances, bounds)).toEqual(names);
  });
});

test('hosts with calls and hosts without data are left alone, each with the reason', () => {
  const plan = planOf(ON, three, readings(one));
  expect(outline(plan)).toEqual({ all: ['web-0'], settled: ['web-1 blocked(evidence)', 'web-2 blocked(evidence)'] });
  expect(plan.settled.map(({ detail }) => detail)).toEqual([
    '12 calls without a token in the last 14d, the last after 2026-11-20 13:00 UTC, data of 336 of 336 hours',
    'no evidence: MetadataNoToken has no data points',
  ]);
  expect(plan.allowed).toEqual([]);
});

test('a host with data of too few hours is left alone as one without data, with the hours in the reason', () => {
  const plan = planOf(ON, three, readings({ ...one, 'web-2': { calls: 0, hours: 1, expected: 336 } }));
  expect(outline(plan)).toMatchObject({ settled: ['web-1 blocked(evidence)', 'web-2 blocked(evidence)'] });
  expect(plan.settled[1]?.detail).toBe('no evidence: MetadataNoToken has data of 1 of 336 hours, and it takes 84');
});

test('shares of a fleet count those that are left', () => {
  const stages = [
    { name: 'half', size: '50%' },
    { name: 'rest', size: 'rest' },
  ];
  const use = Object.fromEntries(fleet(6).map(({ name }, index) => [name, index < 2 ? BUSY : QUIET]));
  expect(planOf({ evidence: {}, stages }, fleet(6), readings(use)).stages.map(({ targets }) => targets.length)).toEqual(
    [2, 2],
  );
});

test('a host that is allowed is in its stage, and named; outside of the bounds it is not', () => {
  const changes = { ...ON, evidence: { allow: ['web-1', 'nobody'] } };
  const plan = planOf(changes, three, readings(one));
  expect(outline(plan)).toMatchObject({ all: ['web-0', 'web-1'] });
  expect(plan.allowed).toEqual([{ arn: arnOf('web-1'), name: 'web-1', detail: expect.stringContaining('12 calls') }]);
  expect(plan.warnings).toContain('evidence.allow (nobody) matches no instance.');
  const limited = planRollout(spec(changes), three, { limit: 1 }, readings(one));
  expect(limited).toMatchObject({ ok: true, plan: { allowed: [] } });
});

test('where hosts without data go ahead, the plan says how many', () => {
  const plan = planOf({ ...ON, evidence: { onUnknown: 'allow' } }, three, readings({ ...one, 'web-1': QUIET }));
  expect(outline(plan)).toEqual({ all: ['web-0', 'web-1', 'web-2'] });
  expect(plan.warnings.join('\n')).toContain(
    'Of 1 instance there is no evidence, and evidence.onUnknown lets them go ahead: us-east-1/web-2.',
  );
});

test('a plan that fails by evidence names the hosts, and says that nothing was changed', () => {
  const planning = planRollout(spec({ ...ON, evidence: { onExceed: 'fail' } }), three, {}, readings(one));
  expect(planning).toMatchObject({ ok: false });
  expect(planning).toMatchObject({
    message: expect.stringMatching(/1 instance: us-east-1\/web-1 \(12 calls.*Nothing was changed\.$/),
  });
});

describe('the hash of a plan', () => {
  const hashWith = (use: Readonly<Record<string, UseReading>>, evidence = {}) =>
    planOf({ ...ON, evidence }, three, readings(use)).hash;

  test('stays where only counts, times and reasons of those that are left alone have moved', () => {
    const later = { calls: 4_000, lastUsed: '2026-11-24T09:00:00.000Z', ...WHOLE };
    expect(hashWith({ ...one, 'web-1': later, 'web-2': { unknown: 'it is gone' } })).toBe(hashWith(one));
    expect(hashWith({ ...one, 'web-1': later }, { allow: ['web-1'] })).toBe(hashWith(one, { allow: ['web-1'] }));
  });

  test('is another one where another host is left alone, or the gate is set otherwise', () => {
    expect(hashWith({ ...one, 'web-0': BUSY })).not.toBe(hashWith(one));
    expect(hashWith({ ...one, 'web-1': QUIET })).not.toBe(hashWith(one));
    expect(hashWith(one, { max: 1 })).not.toBe(hashWith(one));
  });
});

describe('hosts that are allowed', () => {
  const allowed = (count: number, detail = '12 calls') => fleet(count).map(({ arn, name }) => ({ arn, name, detail }));

  test('are kept in the books with the newest word on each', () => {
    const ledger = new Ledger({ ...planWith({ all: 2 }), allowed: allowed(1) });
    ledger.allow(allowed(2, '13 calls'));
    expect(ledger.allowed()).toEqual(allowed(2, '13 calls'));
  });

  test('are named in a result and a status, 20 of them, and the others counted', () => {
    expect(summarizeEvidence([])).toEqual({});
    const { evidence } = summarizeEvidence(allowed(25));
    expect(evidence).toEqual({ allowed: allowed(20), allowedLeftOut: 5 });
    const long = summarizeEvidence(allowed(25, '語'.repeat(300)));
    expect(Buffer.byteLength(JSON.stringify(long))).toBeLessThan(11_000);
    expect(long.evidence?.allowedLeftOut).toBe(25 - (long.evidence?.allowed.length ?? 0));
  });

  test('are told in one line', () => {
    const few = { allowed: allowed(1) };
    expect(describeEvidence(few)).toBe('1 instance goes ahead by evidence.allow: us-east-1/web-0 (12 calls)');
    expect(describeEvidence({ allowed: allowed(6), allowedLeftOut: 1 }, 'past')).toMatch(
      /^7 instances went ahead by evidence\.allow: .*web-4 \(12 calls\) and 2 more$/,
    );
    const status = {
      ...{ name: 'a', phase: 'applying' as const, waiting: null, counts: { total: 1, inFlight: 0 } },
      ...{ stages: [], budget: { failed: 0 }, log: [] },
    };
    expect(renderDetails({ ...status, evidence: few })).toContain(
      'Evidence: 1 instance goes ahead by evidence.allow: us-east-1/web-0 (12 calls)',
    );
    expect(renderDetails(status)).not.toContain('Evidence');
  });
});

test('several instances that go ahead by evidence.allow go, and went', () => {
  const allowed = ['web-0', 'web-1'].map((name) => ({ arn: arnOf(name), name, detail: '12 calls' }));
  expect(describeEvidence({ allowed })).toBe(
    '2 instances go ahead by evidence.allow: us-east-1/web-0 (12 calls), us-east-1/web-1 (12 calls)',
  );
  expect(describeEvidence({ allowed }, 'past')).toContain('2 instances went ahead');
});
