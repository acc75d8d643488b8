import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fitsPayload, packPlan, unpackPlan } from '../../src/rollout/pack-plan.js';
import type { Plan, SettledInstance } from '../../src/rollout/plan.js';
import type { Target } from '../../src/rollout/target.js';
import { arnOf, fleet, instance, planOf } from './builders.js';

const region = fc.constantFrom('us-east-1', 'eu-west-1');
const tokens = fc.constantFrom('optional' as const, 'required' as const);
const named = fc.tuple(fc.string({ minLength: 1 }), region);

/** Any text may stand where an ARN does: nothing is taken to be like another by its look. */
const arn = fc.oneof(
  named.map(([name, where]) => arnOf(encodeURIComponent(name), where)),
  fc.string(),
);
const options = fc.record({ httpTokens: tokens, httpPutResponseHopLimit: fc.integer() }, { requiredKeys: [] });

const target = fc
  .record({ arn, name: fc.string(), before: options, desired: options, stopped: fc.boolean() })
  .map(({ stopped, ...rest }): Target => ({ ...rest, ...(stopped && { stopped: true as const }) }));

const outcome = fc.constantFrom<SettledInstance['outcome']>(
  { kind: 'compliant' },
  { kind: 'skipped', reason: 'opted-out' },
  { kind: 'skipped', reason: 'left-out' },
  { kind: 'blocked', reason: 'unhealthy' },
);
const settled = fc.record(
  { arn, name: fc.string(), outcome, detail: fc.string() },
  { requiredKeys: ['arn', 'name', 'outcome'] },
);

const allowed = fc.record({ arn, name: fc.string(), detail: fc.string() });

const plan = fc.record({
  stages: fc.array(
    fc.record({
      name: fc.string(),
      bake: fc.nat(),
      concurrency: fc.nat(),
      targets: fc.array(target, { maxLength: 12 }),
    }),
    { maxLength: 3 },
  ),
  settled: fc.array(settled, { maxLength: 8 }),
  allowed: fc.array(allowed, { maxLength: 4 }),
  uncovered: fc.constant([{ key: 'blueprint', values: [{ value: 'windows_2022', targets: 3 }], count: 1 }] as const),
  warnings: fc.array(fc.string(), { maxLength: 2 }),
  specHash: fc.string(),
  hash: fc.string(),
}) satisfies fc.Arbitrary<Plan>;

test('a plan comes out of its pack as it went in, order included, also by way of JSON', () => {
  fc.assert(
    fc.property(plan, (given) => {
      expect(unpackPlan(JSON.parse(JSON.stringify(packPlan(given))))).toEqual(given);
    }),
  );
});

test('a real plan too, with its approval and what is left alone', () => {
  const made = planOf(
    {
      stages: [
        { name: 'canary', size: 2, bake: '1h' },
        { name: 'rest', size: 'rest', approval: { timeout: '1h' } },
      ],
    },
    [...fleet(5), ...fleet(3, { region: 'eu-west-1' }), instance('old', { tags: { 'imds-rollout': 'skip' } })],
  );
  expect(unpackPlan(JSON.parse(JSON.stringify(packPlan(made))))).toEqual(JSON.parse(JSON.stringify(made)));
});

test('20,000 targets fit one payload, and many more do not', () => {
  const many = (count: number): Plan => ({
    stages: [
      {
        name: 'rest',
        bake: 0,
        concurrency: 10,
        targets: Array.from({ length: count }, (_, index) => ({
          arn: arnOf(
            `0f3e1b2c-8d5a-4e6f-9b7c-${String(index).padStart(12, '0')}`,
            index % 2 ? 'us-east-1' : 'eu-west-1',
          ),
          name: `production-frontend-${String(index).padStart(10, '0')}`,
          before: { httpTokens: 'optional' },
          desired: { httpTokens: 'required' },
        })),
      },
    ],
    settled: [],
    allowed: [],
    uncovered: [],
    warnings: [],
    specHash: 'spec',
    hash: 'hash',
  });
  expect(Buffer.byteLength(JSON.stringify(packPlan(many(20_000))))).toBeLessThan(1_900_000);
  expect(fitsPayload(packPlan(many(20_000)))).toBe(true);
  expect(fitsPayload(packPlan(many(40_000)))).toBe(false);
});

test('a pack that is not whole is refused, not taken for a smaller plan', () => {
  const { settled, ...packed } = packPlan(planOf({}, [instance('a', { tags: { 'imds-rollout': 'skip' } })]));
  const emptied = { ...settled, groups: settled.groups.map((group) => ({ ...group, instances: [] })) };
  expect(() => unpackPlan({ ...packed, settled: emptied })).toThrow('no packed instances');
});
