import { describe, expect, test } from 'vitest';
import { warningsOfSpec } from '../../src/rollout/spec-warnings.js';
import { CLOSED, fleet, instance, planOf, spec } from './builders.js';

const HOUR = 3_600_000;
const stages = (...bakes: string[]) => [
  ...bakes.map((bake, index) => ({ name: `s${index}`, size: 1, bake })),
  { name: 'rest', size: 'rest', bake: '9h' },
];
const HOPS = { options: { httpPutResponseHopLimit: 2 } };
const override = { match: { names: ['web-1'] }, options: { httpTokens: 'required' } };

describe('a spec without stages bakes its canary', () => {
  test.each<[string, Readonly<Record<string, unknown>>, number]>([
    ['for 7h where tokens become required', {}, 7 * HOUR],
    ['for 7h where they do so on some', { ...HOPS, overrides: [override] }, 7 * HOUR],
    ['for 1h where they stay', HOPS, HOUR],
    ['for 1h where they become optional', { options: { httpTokens: 'optional' } }, HOUR],
  ])('%s', (_, changes, bake) => {
    expect(spec(changes).stages.map((stage) => stage.bake)).toEqual([bake, HOUR, HOUR / 4]);
  });
});

describe('where no bake before the last stage is longer than six hours', () => {
  const warns = (changes: Readonly<Record<string, unknown>>) => warningsOfSpec(spec(changes)).length > 0;

  test.each<[string, Readonly<Record<string, unknown>>, boolean]>([
    ['a spec that requires tokens is warned of', { stages: stages('1h', '6h') }, true],
    ['the bake of the last stage does not help', { stages: stages() }, true],
    ['one that requires them of some is warned of', { ...HOPS, overrides: [override], stages: stages('1h') }, true],
    ['one that requires none is not', { ...HOPS, stages: stages('1h') }, false],
    ['the default is not', {}, false],
    ['one with a longer bake of any early stage is not', { stages: stages('1m', '361m') }, false],
  ])('%s', (_, changes, isWarned) => {
    expect(warns(changes)).toBe(isWarned);
  });

  test('a plan says so where it makes tokens required, and only there', () => {
    const text = 'No bake before the last stage is longer than 6h';
    const warnings = (hosts: Parameters<typeof planOf>[1]) =>
      planOf({ stages: stages('1h') }, hosts).warnings.join('\n');
    expect(warnings(fleet(3))).toContain(text);
    expect(warnings([instance('web-1', { options: CLOSED })])).not.toContain(text);
  });
});
