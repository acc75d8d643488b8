import { describe, expect, test } from 'vitest';
import type { FleetInstance } from '../../src/rollout/instance.js';
import { withoutReading } from '../../src/rollout/listing.js';
import { countTargets } from '../../src/rollout/plan.js';
import { MAX_TARGETS, planRollout } from '../../src/rollout/planner.js';
import { ACCOUNT, CLOSED, fleet, instance, OPEN, outline, planOf, spec, withoutOptions } from './builders.js';

const stage = (name: string, size: unknown, more: Readonly<Record<string, unknown>> = {}) => ({ name, size, ...more });
const rest = stage('rest', 'rest');
const sizesOf = (sizes: readonly unknown[], count: number) =>
  planOf({ stages: [...sizes.map((size, index) => stage(`s${index}`, size)), rest] }, fleet(count)).stages.map(
    ({ targets }) => targets.length,
  );

describe('how many targets each stage takes', () => {
  test.each<[sizes: readonly unknown[], fleet: number, expected: readonly number[]]>([
    [[1, '10%'], 0, [0, 0, 0]],
    [[1, '10%'], 1, [1, 0, 0]],
    [[1, '10%'], 2, [1, 1, 0]],
    [[1, '10%'], 3, [1, 1, 1]],
    [[1, '10%'], 10, [1, 1, 8]],
    [[1, '10%'], 11, [1, 2, 8]],
    [[1, '10%'], 100, [1, 10, 89]],
    [['0.1%'], 10, [1, 9]],
    [['0.01%'], 1, [1, 0]],
    [['16.1%'], 1_000, [161, 839]],
    [['50%', '50%'], 3, [2, 1, 0]],
    [['100%'], 7, [7, 0]],
    [['100%', '100%'], 2, [2, 0, 0]],
    [[50], 3, [3, 0]],
    [[1, 1, 1, 1, 1], 3, [1, 1, 1, 0, 0, 0]],
    [[], 5, [5]],
  ])('sizes %j of %i', (sizes, count, expected) => {
    expect(sizesOf(sizes, count)).toEqual(expected);
  });

  test('a share is of what needs a change, not of the fleet and not cumulative', () => {
    const compliant = Array.from({ length: 90 }, (_, index) => instance(`ok-${index}`, { options: CLOSED }));
    const plan = planOf({ stages: [stage('a', '20%'), stage('b', '20%'), rest] }, [...fleet(10), ...compliant]);
    expect(plan.stages.map(({ targets }) => targets.length)).toEqual([2, 2, 6]);
    expect(plan.settled).toHaveLength(90);
  });

  test('so many per value of a tag take them from every value, the missing one included', () => {
    const tagged = ['shop', 'shop', 'shop', 'blog'].map((app, index) => instance(`${app}-${index}`, { tags: { app } }));
    const plan = planOf({ stages: [stage('canary', '2 per tag:app'), rest] }, [...tagged, instance('bare')]);
    expect(outline(plan)).toEqual({ canary: ['bare', 'blog-3', 'shop-0', 'shop-1'], rest: ['shop-2'] });
  });

  test('one per scope takes one in each region', () => {
    const both = ['us-east-1', 'eu-west-1'].flatMap((region) => fleet(3, { region }));
    const plan = planOf({ stages: [stage('canary', '1 per scope'), rest] }, both);
    expect(plan.stages[0]?.targets.map(({ arn }) => arn.split(':')[3])).toEqual(['eu-west-1', 'us-east-1']);
  });

  test('a stage with a match takes only what it selects, and the last takes the others', () => {
    const early = instance('e', { tags: { tier: 'early' } });
    const plan = planOf({ stages: [stage('early', '100%', { match: { tags: { tier: 'early' } } }), rest] }, [
      early,
      ...fleet(2),
    ]);
    expect(outline(plan)).toEqual({ early: ['e'], rest: ['web-0', 'web-1'] });
  });

  test('a stage without targets is kept, passed over, and named', () => {
    const plan = planOf({}, fleet(1));
    expect(outline(plan)).toEqual({ canary: ['web-0'], early: [], rest: [] });
    expect(plan.warnings).toContain('Stage "early" has no targets and is passed over.');
  });
});

test('bake and concurrency of a stage are its own or the general ones', () => {
  const plan = planOf({ concurrency: 7, stages: [stage('a', 1, { concurrency: 3, bake: '1h' }), rest] }, fleet(2));
  expect(plan.stages).toMatchObject([
    { concurrency: 3, bake: 3_600_000 },
    { concurrency: 7, bake: 0 },
  ]);
});

describe('what is in no stage, and why', () => {
  test.each<[string, FleetInstance, Readonly<Record<string, unknown>>, string]>([
    ['already as asked', instance('x', { options: CLOSED }), {}, 'compliant'],
    [
      'no metadata options in the reply: never compliant',
      withoutOptions(instance('x')),
      {},
      'blocked(unknown-options)',
    ],
    [
      'an asked field is unknown',
      instance('x', { options: { httpTokens: 'optional' } }),
      { options: { httpPutResponseHopLimit: 2 } },
      'blocked(unknown-options)',
    ],
    [
      'tokens are unknown, which every Update has to name',
      instance('x', { options: { httpPutResponseHopLimit: 1 } }),
      { options: { httpPutResponseHopLimit: 2 } },
      'blocked(unknown-options)',
    ],
    [
      'right values in an unknown state',
      { ...withoutOptions(instance('x')), options: CLOSED },
      {},
      'blocked(unknown-options)',
    ],
    [
      'listed elsewhere than its ARN says',
      withoutReading(instance('x', { tags: { 'imds-rollout': 'skip' } }), 'its ARN is of eu-west-1'),
      { exceptions: [{ names: ['x'], reason: 'old agent' }] },
      'blocked(out-of-scope)',
    ],
    ['waived', instance('x'), { exceptions: [{ names: ['x'], reason: 'old agent' }] }, 'blocked(waived)'],
    [
      'waived, but right by itself',
      instance('x', { options: CLOSED }),
      { exceptions: [{ names: ['x'], reason: 'old agent' }] },
      'compliant',
    ],
    ['opted out', instance('x', { tags: { 'imds-rollout': 'skip' } }), {}, 'skipped(opted-out)'],
    [
      'opted out, right or not',
      instance('x', { options: CLOSED, tags: { 'imds-rollout': 'skip' } }),
      {},
      'skipped(opted-out)',
    ],
    [
      'stopped, where those are skipped',
      instance('x', { state: 'stopped' }),
      { targets: { regions: ['us-east-1'], stopped: 'skip' } },
      'skipped(stopped)',
    ],
    [
      'stopping, where stopped ones are skipped',
      instance('x', { state: 'stopping' }),
      { targets: { regions: ['us-east-1'], stopped: 'skip' } },
      'skipped(stopped)',
    ],
  ])('%s', (_, one, changes, outcome) => {
    const plan = planOf(changes, [one, instance('web-0')]);
    expect(outline(plan)).toMatchObject({ settled: [`x ${outcome}`] });
    expect(countTargets(plan)).toBe(1);
  });

  const ILL = { impaired: 'the instance status check says impaired' };
  const apiOnly = [{ match: { names: ['api-*'] }, status: true }];
  test.each<[string, Partial<FleetInstance>, Readonly<Record<string, unknown>>, string]>([
    ['unhealthy before its change', ILL, {}, 'blocked(unhealthy)'],
    ['unhealthy, but right already', { ...ILL, options: CLOSED }, {}, 'compliant'],
    ['unhealthy and waived', ILL, { exceptions: [{ names: ['x'], reason: 'old agent' }] }, 'blocked(waived)'],
    ['unhealthy, where that is not asked for', ILL, { health: { requireHealthyBefore: false } }, 'changed'],
    ['unhealthy, where nothing checks the status', ILL, { health: { checks: [] } }, 'changed'],
    ['unhealthy, where the status check is of others', ILL, { health: { checks: apiOnly } }, 'changed'],
    ['stopped, which can not be unhealthy', { ...ILL, state: 'stopped' }, {}, 'changed'],
  ])('%s', (_, changes, more, outcome) => {
    const plan = planOf(more, [instance('x', changes), ...['api-1', 'web-1'].map((name) => instance(name))]);
    const settled = outcome === 'changed' ? [] : [`x ${outcome}`];
    expect(outline(plan).settled ?? []).toEqual(settled);
  });

  test('an unhealthy one says which check it fails', () => {
    expect(planOf({}, [instance('x', ILL)]).settled).toMatchObject([{ detail: ILL.impaired }]);
  });

  test('another value of the opt-out tag is no opt-out', () => {
    expect(outline(planOf({}, [instance('x', { tags: { 'imds-rollout': 'yes' } })]))).toMatchObject({ canary: ['x'] });
  });

  test('right in one field and wrong in another is changed, not skipped', () => {
    const plan = planOf({ options: { httpTokens: 'required', httpPutResponseHopLimit: 2 } }, [
      instance('x', { options: CLOSED }),
    ]);
    expect(outline(plan)).toMatchObject({ canary: ['x'] });
  });

  test('asked values that are still pending are not yet compliant', () => {
    expect(outline(planOf({}, [instance('x', { options: CLOSED, optionsState: 'pending' })]))).toMatchObject({
      canary: ['x'],
    });
  });

  test('a waiver says why, who and until when', () => {
    const exceptions = [{ names: ['x'], reason: 'old agent', owner: 'ops', until: '2027-03-01' }];
    expect(planOf({ exceptions }, [instance('x')]).settled).toMatchObject([
      { detail: 'old agent, owner ops, until 2027-03-01' },
    ]);
  });
});

describe('stopped instances', () => {
  const sleeping = instance('a-stopped', { state: 'stopped' });
  const stages = [stage('canary', 1), stage('early', '100%'), rest];
  test.each([
    ['last', { canary: ['web-0'], early: ['web-1'], rest: ['a-stopped'] }],
    ['apply', { canary: ['web-0'], early: ['web-1', 'a-stopped'], rest: [] }],
    ['skip', { canary: ['web-0'], early: ['web-1'], rest: [], settled: ['a-stopped skipped(stopped)'] }],
  ])('%s', (stopped, expected) => {
    const plan = planOf({ stages, targets: { regions: ['us-east-1'], stopped } }, [sleeping, ...fleet(2)]);
    expect(outline(plan)).toEqual(expected);
  });

  test('are marked, since their change can not be verified', () => {
    const [last] = planOf({}, [sleeping]).stages.toReversed();
    expect(last?.targets).toMatchObject([{ name: 'a-stopped', stopped: true }]);
  });
});

describe('what is asked of a target', () => {
  const overrides = [
    { match: { tags: { runtime: 'docker' } }, options: { httpPutResponseHopLimit: 2 } },
    { match: { names: ['*'] }, options: { httpPutResponseHopLimit: 3 } },
  ];
  const planned = (one: FleetInstance, changes: Readonly<Record<string, unknown>>) =>
    planOf(changes, [one]).stages.flatMap(({ targets }) => targets)[0];

  test('the first matching override is merged over the options', () => {
    const docker = instance('x', { tags: { runtime: 'docker' } });
    expect(planned(docker, { overrides })).toMatchObject({
      before: { httpTokens: 'optional', httpPutResponseHopLimit: 1 },
      desired: { httpTokens: 'required', httpPutResponseHopLimit: 2 },
    });
    expect(planned(instance('x'), { overrides })?.desired).toEqual({
      httpTokens: 'required',
      httpPutResponseHopLimit: 3,
    });
  });

  test('an override may take the tokens back', () => {
    const plan = planOf({ overrides: [{ match: { names: ['x'] }, options: { httpTokens: 'optional' } }] }, [
      instance('x'),
    ]);
    expect(outline(plan)).toMatchObject({ settled: ['x compliant'] });
  });

  test('the undo log holds the asked fields and the tokens, and nothing else', () => {
    expect(
      planned(instance('x', { options: { ...OPEN, httpProtocolIpv6: 'enabled' } }), {
        options: { httpPutResponseHopLimit: 2 },
      }),
    ).toEqual({
      arn: 'arn:aws:lightsail:us-east-1:111122223333:Instance/x',
      name: 'x',
      before: { httpTokens: 'optional', httpPutResponseHopLimit: 1 },
      desired: { httpPutResponseHopLimit: 2 },
    });
  });

  test('a disabled endpoint stays out of it unless it is asked for', () => {
    expect(planned(instance('x', { options: { ...OPEN, httpEndpoint: 'disabled' } }), {})?.desired).toEqual({
      httpTokens: 'required',
    });
  });
});

describe('warnings', () => {
  test.each([
    [
      'endpoints that go to disabled',
      { options: { httpEndpoint: 'disabled' } },
      'The metadata endpoint goes to disabled on 2 instances',
    ],
    [
      'tokens that become required without a check',
      {},
      'Tokens become required on 2 instances, and no check of theirs can detect',
    ],
    ['failures that stay as they are', { failure: { revert: 'none' } }, 'failure.revert is none'],
  ])('%s', (_, changes, warning) => {
    expect(planOf(changes, fleet(2)).warnings.join('\n')).toContain(warning);
  });

  const http = { http: { url: 'http://{publicIpAddress}/health', expect: 200 } };
  const activity = { activity: { type: 'myCheck', taskQueue: 'mine' } };
  test.each<[string, readonly unknown[], number]>([
    ['the status check, which sees no software', [{ status: true }], 4],
    ['no check at all', [], 4],
    ['an HTTP check of some', [{ status: true }, { ...http, match: { names: ['web-0'] } }], 3],
    ['an activity of some', [{ ...activity, match: { names: ['web-0', 'web-1'] } }], 2],
    ['an HTTP check of all', [http], 0],
  ])('lost credentials go unseen on those that have only %s', (_, checks, unseen) => {
    const warning = planOf({ health: { checks } }, fleet(4)).warnings.find((text) => text.startsWith('Tokens become'));
    expect(warning?.match(/on (\d+) instances?, and no check/)?.[1] ?? '0').toBe(String(unseen));
  });

  test('none for a rollout that changes nothing', () => {
    expect(planOf({ failure: { revert: 'none' } }, [instance('x', { options: CLOSED })]).warnings).toEqual([]);
  });
});

describe('refused', () => {
  test('a stage whose match selects nothing in the whole fleet', () => {
    const stages = [stage('early', 1, { match: { tags: { tier: 'erly' } } }), rest];
    expect(planRollout(spec({ evidence: 'off', stages }), fleet(2))).toEqual({
      ok: false,
      message: 'The match of stage "early" selects no instance of the fleet: mend it or take the stage out.',
    });
    expect(planRollout(spec({ evidence: 'off', stages }), []).ok).toBe(true);
  });

  test('but not one whose instances are only settled already', () => {
    const stages = [stage('early', 1, { match: { names: ['ok'] } }), rest];
    expect(outline(planOf({ stages }, [instance('ok', { options: CLOSED }), instance('x')]))).toMatchObject({
      early: [],
      rest: ['x'],
    });
  });

  test('more targets than one rollout takes, with the remedy', () => {
    expect(planRollout(spec({ evidence: 'off' }), fleet(MAX_TARGETS)).ok).toBe(true);
    expect(planRollout(spec({ evidence: 'off' }), fleet(MAX_TARGETS + 1))).toMatchObject({
      message: expect.stringMatching(/20001 instances .* at most 20000: split the spec .* or start a part/),
    });
  });
});

test('the same name in two regions or accounts is two targets', () => {
  const twins = [
    instance('web-1'),
    instance('web-1', { region: 'eu-west-1' }),
    instance('web-1', { account: '444455556666' }),
  ];
  const both = { targets: { regions: ['us-east-1', 'eu-west-1'], accounts: [ACCOUNT, '444455556666'] } };
  const targets = planOf(both, twins).stages.flatMap((planned) => planned.targets);
  expect(new Set(targets.map(({ arn }) => arn)).size).toBe(3);
});
