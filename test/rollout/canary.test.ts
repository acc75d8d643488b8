import { expect, test } from 'vitest';
import { findUncovered } from '../../src/rollout/canary.js';
import { instance, planOf } from './builders.js';

const stages = (first: string | number) => [
  { name: 'canary', size: first },
  { name: 'rest', size: 'rest' },
];
const mixed = [
  ...['a1', 'a2', 'a3'].map((name) => instance(name, { blueprint: 'debian' })),
  ...['u1', 'u2'].map((name) => instance(name, { blueprint: 'ubuntu', region: 'eu-west-1' })),
  instance('w1', { blueprint: 'wordpress', tags: { app: 'blog' } }),
];

test('what the first stage has no instance of is named, most targets first', () => {
  expect(planOf({ stages: stages(1), spread: ['blueprint', 'scope', 'tag:app'] }, mixed).uncovered).toEqual([
    {
      key: 'blueprint',
      values: [
        { value: 'ubuntu', targets: 2 },
        { value: 'wordpress', targets: 1 },
      ],
      count: 2,
    },
    { key: 'scope', values: [{ value: '111122223333:eu-west-1', targets: 2 }], count: 1 },
    { key: 'tag:app', values: [{ value: 'blog', targets: 1 }], count: 1 },
  ]);
});

test('nothing is named where one of each goes first, where there is one stage only, or nothing to change', () => {
  expect(planOf({ stages: stages('1 per blueprint'), spread: ['blueprint'] }, mixed).uncovered).toEqual([]);
  expect(planOf({ stages: [{ name: 'rest', size: 'rest' }] }, mixed).uncovered).toEqual([]);
  expect(planOf({ stages: stages(1) }, []).uncovered).toEqual([]);
});

test('a first stage that has no targets is no canary: the next one is', () => {
  const three = [{ name: 'api', size: 1, match: { names: ['w1'] } }, ...stages(1)];
  const others = mixed.map((one) => (one.name === 'w1' ? { ...one, tags: { 'imds-rollout': 'skip' } } : one));
  const [first] = planOf({ stages: three, spread: ['blueprint'] }, others).uncovered;
  expect(first).toEqual({ key: 'blueprint', values: [{ value: 'ubuntu', targets: 2 }], count: 1 });
});

test('of a tag with a value for every instance, twenty are named and all are counted', () => {
  const many = Array.from({ length: 40 }, (_, index) => instance(`web-${index}`, { tags: { host: `h${index}` } }));
  const [first] = planOf({ stages: stages(1), spread: ['tag:host'] }, many).uncovered;
  expect([first?.values.length, first?.count]).toEqual([20, 39]);
});

test('a target that the fleet does not show proves nothing and asks for nothing', () => {
  const { stages: planned } = planOf({ stages: stages(1) }, mixed);
  expect(findUncovered(['blueprint'], planned, [])).toEqual([]);
});
