import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { FleetInstance } from '../../src/rollout/instance.js';
import type { GroupKey } from '../../src/rollout/size.js';
import { groupBy, groupValue, spreadOver } from '../../src/rollout/spread.js';
import { instance } from './builders.js';

const names = (instances: readonly FleetInstance[]) => instances.map(({ name }) => name).join(' ');
const debian = ['a1', 'a2', 'a3'].map((name) => instance(name, { blueprint: 'debian' }));
const ubuntu = ['u1', 'u2'].map((name) => instance(name, { blueprint: 'ubuntu' }));
const wordpress = [instance('w1', { blueprint: 'wordpress' })];

const anyInstance = fc
  .record({
    name: fc.nat({ max: 30 }).map((n) => `web-${n}`),
    region: fc.constantFrom('us-east-1', 'eu-west-1', 'eu-north-1'),
    blueprint: fc.constantFrom('debian', 'ubuntu', 'wordpress'),
    state: fc.constantFrom('running', 'running', 'stopped', 'pending'),
    tags: fc.dictionary(fc.constantFrom('app', 'tier'), fc.constantFrom('x', 'y', 'z')),
  })
  .map(({ name, ...rest }) => instance(name, rest));
const anyFleet = fc.uniqueArray(anyInstance, { selector: ({ arn }) => arn, maxLength: 40 });
const anyKeys = fc.uniqueArray(fc.constantFrom<GroupKey>('blueprint', 'scope', 'tag:app', 'tag:tier'), {
  maxLength: 3,
});

test('kinds take turns, so that the first few cover all of them', () => {
  expect(names(spreadOver([...debian, ...ubuntu, ...wordpress], ['blueprint']))).toBe('a1 u1 w1 a2 u2 a3');
});

test('each kind begins in another scope, so that a short prefix covers the scopes too', () => {
  const fleet = ['debian', 'ubuntu'].flatMap((blueprint) =>
    ['us-east-1', 'eu-west-1'].map((region) => instance(`${blueprint}-${region}`, { blueprint, region })),
  );
  expect(names(spreadOver(fleet, ['blueprint', 'scope']).slice(0, 2))).toBe('debian-eu-west-1 ubuntu-us-east-1');
});

test('without keys it goes by name, and by ARN where names are alike', () => {
  const fleet = [instance('b'), instance('a', { region: 'us-east-1' }), instance('a', { region: 'eu-west-1' })];
  expect(spreadOver(fleet, []).map(({ name, region }) => `${region}/${name}`)).toEqual([
    'eu-west-1/a',
    'us-east-1/a',
    'us-east-1/b',
  ]);
});

test('running ones come first: a stopped one proves nothing', () => {
  const fleet = [instance('a', { state: 'stopped' }), instance('b', { state: 'pending' }), instance('c')];
  expect(names(spreadOver(fleet, []))).toBe('c a b');
});

test('an instance without the key is a kind of its own, and inherited names are no tags', () => {
  const bare = instance('bare');
  expect([groupValue(bare, 'tag:app'), groupValue(bare, 'tag:constructor'), groupValue(bare, 'scope')]).toEqual([
    '',
    '',
    '111122223333:us-east-1',
  ]);
  expect([...groupBy([bare, instance('x', { tags: { app: 'x' } })], 'tag:app').keys()]).toEqual(['', 'x']);
});

describe('for every fleet and every keys', () => {
  test('all are dealt once, in an order that does not depend on the order they came in', () => {
    fc.assert(
      fc.property(
        anyFleet,
        anyKeys,
        fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })),
        (fleet, keys, noise) => {
          const dealt = spreadOver(fleet, keys);
          expect(dealt.map(({ arn }) => arn).toSorted()).toEqual(fleet.map(({ arn }) => arn).toSorted());
          const shuffled = fleet
            .map((one) => ({ one, weight: noise.next().value }))
            .toSorted((a, b) => a.weight - b.weight)
            .map(({ one }) => one);
          expect(spreadOver(shuffled, keys)).toEqual(dealt);
        },
      ),
    );
  });

  test('every prefix of the running ones covers as many values of the first key as its length allows', () => {
    fc.assert(
      fc.property(anyFleet, anyKeys, (fleet, keys) => {
        const [key] = keys;
        fc.pre(key !== undefined);
        const running = spreadOver(fleet, keys).filter(({ state }) => state === 'running');
        const kinds = groupBy(running, key).size;
        running.forEach((_, index) => {
          expect(groupBy(running.slice(0, index + 1), key).size).toBe(Math.min(index + 1, kinds));
        });
      }),
    );
  });
});

test('an instance without a blueprint, or without the tag, has the empty value, also where an object has such a member', () => {
  const { blueprint: _, ...bare } = instance('a');
  expect(groupValue(bare, 'blueprint')).toBe('');
  expect(groupValue(bare, 'tag:app')).toBe('');
  expect(groupValue(bare, 'tag:constructor')).toBe('');
});
