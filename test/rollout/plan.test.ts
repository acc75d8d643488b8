import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { FleetInstance } from '../../src/rollout/instance.js';
import { canonicalJson, hashOf } from '../../src/rollout/plan.js';
import { CLOSED, fleet, instance, planOf } from './builders.js';

const stage = (name: string, size: unknown, more: Readonly<Record<string, unknown>> = {}) => ({ name, size, ...more });
const rest = stage('rest', 'rest');

const anyInstance = fc
  .record({
    name: fc.nat({ max: 40 }).map((n) => `web-${n}`),
    region: fc.constantFrom('us-east-1', 'eu-west-1'),
    state: fc.constantFrom('running', 'stopped', 'stopping', 'pending', 'unknown'),
    optionsState: fc.constantFrom('applied' as const, 'pending' as const),
    options: fc.record({ httpTokens: fc.constantFrom('optional' as const, 'required' as const) }, { requiredKeys: [] }),
    tags: fc.dictionary(fc.constantFrom('app', 'imds-rollout'), fc.constantFrom('shop', 'blog', 'skip')),
  })
  .map(({ name, ...changes }) => instance(name, changes));
const anyFleet = fc.uniqueArray(anyInstance, { selector: ({ arn }) => arn, maxLength: 30 });
const anySize = fc.oneof(
  fc.integer({ min: 1, max: 40 }),
  fc.integer({ min: 1, max: 10_000 }).map((hundredths) => `${hundredths / 100}%`),
  fc
    .tuple(fc.integer({ min: 1, max: 3 }), fc.constantFrom('scope', 'blueprint', 'tag:app'))
    .map((parts) => parts.join(' per ')),
);
const anyChanges = fc.record({
  stages: fc
    .array(anySize, { maxLength: 4 })
    .map((sizes) => [...sizes.map((size, index) => stage(`s${index}`, size)), rest]),
  targets: fc.constantFrom('last', 'apply', 'skip').map((stopped) => ({ regions: ['us-east-1'], stopped })),
  exceptions: fc.constantFrom([], [{ names: ['web-1*'], reason: 'old' }]),
  spread: fc.constantFrom([], ['scope'], ['tag:app', 'scope']),
});

describe('for every fleet and spec', () => {
  test('each instance is in exactly one stage or settled, and none is lost', () => {
    fc.assert(
      fc.property(anyChanges, anyFleet, (changes, instances) => {
        const { stages, settled } = planOf(changes, instances);
        const all = [...stages.flatMap(({ targets }) => targets), ...settled].map(({ arn }) => arn);
        expect(all.toSorted()).toEqual(instances.map(({ arn }) => arn).toSorted());
      }),
    );
  });

  test('a sized stage never takes a stopped one where those come last, and takes somebody while somebody is left', () => {
    fc.assert(
      fc.property(anyChanges, anyFleet, (changes, instances) => {
        const { stages } = planOf(changes, instances);
        const last = stages.at(-1)?.targets ?? [];
        if (changes.targets.stopped === 'last') {
          expect(
            stages
              .slice(0, -1)
              .flatMap(({ targets }) => targets)
              .filter(({ stopped }) => stopped),
          ).toEqual([]);
        }
        const runningLeft = last.some(({ stopped }) => !stopped);
        if (runningLeft) for (const { targets } of stages) expect(targets.length).toBeGreaterThan(0);
      }),
    );
  });

  test('the plan and its hash do not depend on the order in which the instances came', () => {
    fc.assert(
      fc.property(anyChanges, anyFleet, (changes, instances) => {
        expect(planOf(changes, instances.toReversed())).toEqual(planOf(changes, instances));
      }),
    );
  });
});

describe('the hash', () => {
  const three = fleet(3);
  const { hash } = planOf({}, three);
  test('is SHA-256 in hexadecimal, and the same every time', () => {
    expect(hash).toMatch(/^[0-9a-f]{64}$/);
    expect(planOf({}, fleet(3)).hash).toBe(hash);
  });

  test.each<[string, Readonly<Record<string, unknown>>, readonly FleetInstance[]]>([
    ['an instance more', {}, fleet(4)],
    ['an instance less', {}, fleet(2)],
    ['another value before', {}, [...fleet(2), instance('web-2', { options: CLOSED })]],
    [
      'the same name under another ARN',
      {},
      [...fleet(2), instance('web-2', { arn: 'arn:aws:lightsail:us-east-1:111122223333:Instance/new' })],
    ],
    ['a renamed spec', { name: 'other' }, three],
    [
      'another bake',
      {
        stages: [
          stage('canary', 1, { bake: '2h' }),
          stage('early', '10%', { bake: '1h' }),
          stage('rest', 'rest', { bake: '15m' }),
        ],
      },
      three,
    ],
    ['another budget', { failure: { max: 1 } }, three],
    ['another concurrency', { concurrency: 9 }, three],
    ['another wish', { options: { httpTokens: 'required', httpPutResponseHopLimit: 1 } }, three],
    ['a waiver', { exceptions: [{ names: ['web-2'], reason: 'old' }] }, three],
    ['another patience', { apply: { timeout: '11m' } }, three],
  ])('is another with %s', (_, changes, instances) => {
    expect(planOf(changes, instances).hash).not.toBe(hash);
  });

  test('does not depend on the order of members, nor on members without a value; that of lists counts', () => {
    expect(hashOf({ a: 1, b: { c: [1, 2], d: undefined } })).toBe(hashOf({ b: { c: [1, 2] }, a: 1 }));
    expect(hashOf([1, 2])).not.toBe(hashOf([2, 1]));
    expect(hashOf({ a: '1' })).not.toBe(hashOf({ a: 1 }));
  });
});

test('what has no value is null in a list, and stays away from an object', () => {
  expect(canonicalJson([undefined, { b: undefined, a: 1 }])).toBe('[null,{"a":1}]');
});
