import { describe, expect, test } from 'vitest';
import { planRollout } from '../../src/rollout/planner.js';
import { idleInAll, idleParts } from '../../src/rollout/selector.js';
import { fleet, input, instance, planOf, refusalOf, spec } from './builders.js';

test('a selection that holds no instance is most likely a mistake, and is said', () => {
  expect(planOf({ targets: { regions: ['us-east-1'] } }, []).warnings).toEqual([
    'There is no instance in us-east-1: nothing is changed, and nothing is protected.',
  ]);
  const targets = { regions: ['us-east-1'], include: { tags: { env: 'prdo' } } };
  expect(planOf({ targets }, []).warnings).toEqual([
    'There is no instance that targets.include and targets.exclude select in us-east-1: nothing is changed, and nothing is protected.',
  ]);
});

describe('a word of the spec that matches no instance is named, one by one, and no other is', () => {
  const hosts = [
    instance('web-0', { tags: { env: 'prod', app: 'api' } }),
    instance('web-1', { tags: { env: 'test' } }),
  ];
  const options = { httpPutResponseHopLimit: 2 };
  const http = { http: { url: 'http://{publicIpAddress}/health', expect: 200 } };
  const stages = (match: object) => [
    { name: 'early', size: 1, match },
    { name: 'rest', size: 'rest' },
  ];
  const idle = (changes: Readonly<Record<string, unknown>>) =>
    planOf(changes, hosts).warnings.filter((warning) => warning.includes('matches no instance'));

  test.each<[string, Readonly<Record<string, unknown>>, string[]]>([
    [
      'one wrong name of a waiver',
      { exceptions: [{ names: ['web-0', 'wbe-1'], reason: 'old' }] },
      ['exceptions[0] (wbe-1)'],
    ],
    [
      'wrong names of the second waiver',
      {
        exceptions: [
          { names: ['web-0'], reason: 'old' },
          { names: ['wbe-1', 'web-*', 'x'], reason: 'old' },
        ],
      },
      ['exceptions[1] (wbe-1, x)'],
    ],
    ['an override', { overrides: [{ match: { tags: { app: 'apu' } }, options }] }, ['overrides[0] (tag app: apu)']],
    [
      'one value of an override',
      { overrides: [{ match: { tags: { env: ['prod', 'tset'] } }, options }] },
      ['overrides[0] (tag env: tset)'],
    ],
    [
      'an override whose words match, but never together',
      { overrides: [{ match: { names: ['web-1'], tags: { env: 'prod' } }, options }] },
      ['overrides[0]'],
    ],
    [
      'one wrong name of a stage',
      { stages: stages({ names: ['web-0', 'wbe-1'] }) },
      ['The match of stage "early" (wbe-1)'],
    ],
    [
      'a health check',
      { health: { checks: [{ status: true }, { match: { tags: { app: 'apu' } }, ...http }] } },
      ['health.checks[1] (tag app: apu)'],
    ],
    [
      'one wrong name of include',
      { targets: { regions: ['us-east-1'], include: { names: ['web-*', 'db-1'] } } },
      ['targets.include (db-1)'],
    ],
    ['what is allowed', { evidence: { allow: ['web-0', 'wbe-1'] } }, ['evidence.allow (wbe-1)']],
    [
      'nothing, where all words match',
      { exceptions: [{ names: ['web-0', 'web-?'], reason: 'old' }], stages: stages({ tags: { env: 'prod' } }) },
      [],
    ],
  ])('%s', (_, changes, places) => {
    expect(idle(changes)).toEqual(places.map((place) => `${place} matches no instance.`));
  });

  test('a word of targets.exclude, of which the selection itself says nothing', () => {
    const exclude = { names: ['legacy-7', 'db-*'], tags: { env: ['dev', 'tset'] } };
    const all = [...hosts, instance('legacy-7', { tags: { env: 'dev' } })];
    const planning = planRollout(spec({}), hosts, {}, new Map(), idleParts(exclude, all));
    expect(planning.ok && planning.plan.warnings).toContain(
      'targets.exclude (db-*, tag env: tset) matches no instance.',
    );
    expect(planOf({}, hosts).warnings.join()).not.toContain('targets.exclude');
  });

  test('many words are named up to a bound', () => {
    const names = Array.from({ length: 25 }, (_, index) => `x-${index}`);
    expect(idle({ exceptions: [{ names, reason: 'old' }] }).join()).toMatch(/x-19 and 5 more\) matches no instance\.$/);
  });
});

test('what matches nothing in one region may do so in another', () => {
  expect(idleInAll([['a', 'b'], ['b', 'c'], ['b']])).toEqual(['b']);
  expect(idleInAll([['a'], []])).toEqual([]);
  expect(idleInAll([])).toEqual([]);
});

test('an override and a waiver that match nothing are said, those that match are not', () => {
  const overrides = [
    { match: { names: ['*'] }, options: { httpPutResponseHopLimit: 2 } },
    { match: { names: ['zzz'] }, options: { httpPutResponseHopLimit: 2 } },
  ];
  const exceptions = [{ names: ['webx-1'], reason: 'old agent' }];
  const { warnings } = planOf({ overrides, exceptions }, fleet(2));
  expect(warnings).toContain('overrides[1] (zzz) matches no instance.');
  expect(warnings).toContain('exceptions[0] (webx-1) matches no instance.');
  expect(warnings.filter((warning) => warning.includes('matches no instance'))).toHaveLength(2);
});

test('a typo in a value is met with the value that was meant', () => {
  expect(refusalOf(input({ options: { httpTokens: 'requierd' } }))).toBe(
    'options.httpTokens: must be optional or required: did you mean "required"?',
  );
});
