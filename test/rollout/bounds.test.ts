import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { describeBounds, parseBounds, type RolloutBounds } from '../../src/rollout/bounds.js';
import type { FleetInstance } from '../../src/rollout/instance.js';
import { MAX_TARGETS, planRollout } from '../../src/rollout/planner.js';
import { describeProblems } from '../../src/rollout/spec.js';
import { ACCOUNT, CLOSED, fleet, instance, outline, spec } from './builders.js';

const SPEC = spec({
  evidence: 'off',
  stages: [
    { name: 'canary', size: 1 },
    { name: 'early', size: 2 },
    { name: 'rest', size: 'rest' },
  ],
  spread: [],
});

function refusalOf(wanted: unknown): string {
  const check = parseBounds(wanted, SPEC);
  return check.ok ? 'accepted' : describeProblems(check.problems);
}

describe('bounds of a start', () => {
  test.each([
    [undefined, 'accepted'],
    [null, 'accepted'],
    [{}, 'accepted'],
    [{ only: ['web-1', 'us-east-1/web-2'], limit: 2, until: 'early', planHash: 'a'.repeat(64) }, 'accepted'],
    [[], 'bounds: must be an object, but is a list'],
    ['canary', 'bounds: must be an object, but is text'],
    [{ stage: 'canary' }, 'bounds.stage: unknown field "stage". Known here: planHash, only, limit, until'],
    [{ onyl: ['a'] }, 'bounds.onyl: unknown field "onyl", did you mean "only"?'],
    [
      { until: 'erly' },
      'bounds.until: must be a stage of the spec, did you mean "early"? Known here: canary, early, rest',
    ],
    [{ until: 'production' }, 'bounds.until: must be a stage of the spec. Known here: canary, early, rest'],
    [{ only: [] }, 'bounds.only: must have at least one entry'],
    [{ only: [7] }, 'bounds.only[0]: must be text, but is a number: put it in quotes'],
    [{ until: 7 }, 'bounds.until: must be text, but is a number: put it in quotes'],
    [{ 'a b': 1 }, 'bounds["a b"]: unknown field "a b". Known here: planHash, only, limit, until'],
    [{ limit: '2' }, 'bounds.limit: must be a number, but is text'],
    [{ limit: 0 }, 'bounds.limit: must be at least 1'],
    [{ limit: 1.5 }, 'bounds.limit: must be a whole number'],
    [{ planHash: 'abc' }, 'bounds.planHash: must be the hash of a plan, as `plan` prints it'],
  ])('%j', (wanted, refusal) => {
    expect(refusalOf(wanted)).toContain(refusal);
  });

  test('are said in words, a long list of names in short', () => {
    const only = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
    expect(describeBounds({ only, limit: 1, until: 'early', planHash: 'abc' })).toEqual([
      'only a, b, c, d, e and 2 more',
      'at most 1 instance',
      'up to stage early',
      'no other plan than abc',
    ]);
    expect(describeBounds({})).toEqual([]);
  });
});

describe('a plan within bounds', () => {
  const plan = (bounds: RolloutBounds, instances: readonly FleetInstance[] = fleet(5)) => {
    const planning = planRollout(SPEC, instances, bounds);
    return planning.ok ? planning.plan : { refused: planning.message };
  };
  const outlined = (bounds: RolloutBounds, instances?: readonly FleetInstance[]) => {
    const made = plan(bounds, instances);
    return 'refused' in made ? made.refused : outline(made);
  };
  const WHOLE = { canary: ['web-0'], early: ['web-1', 'web-2'], rest: ['web-3', 'web-4'] };
  const leftOut = (...names: string[]) => names.map((name) => `${name} skipped(left-out)`);

  test.each<[string, RolloutBounds, Record<string, string[]>]>([
    ['none: all of it', {}, WHOLE],
    [
      'only some, which fill the stages from the first on',
      { only: ['web-2', 'us-east-1/web-4'] },
      { canary: ['web-2'], early: ['web-4'], rest: [], settled: leftOut('web-0', 'web-1', 'web-3') },
    ],
    [
      'a limit, in the order of the plan',
      { limit: 2 },
      { canary: ['web-0'], early: ['web-1'], rest: [], settled: leftOut('web-2', 'web-3', 'web-4') },
    ],
    ['a limit that is wider than the plan', { limit: 99 }, WHOLE],
    [
      'a last stage',
      { until: 'early' },
      { canary: ['web-0'], early: ['web-1', 'web-2'], rest: [], settled: leftOut('web-3', 'web-4') },
    ],
    ['the last stage of all', { until: 'rest' }, WHOLE],
    [
      'all of them',
      { only: ['web-1', 'web-2', 'web-3'], limit: 2, until: 'canary' },
      { canary: ['web-1'], early: [], rest: [], settled: leftOut('web-0', 'web-4', 'web-2', 'web-3') },
    ],
  ])('%s', (_, bounds, outline) => {
    expect(outlined(bounds)).toEqual(outline);
  });

  test('says of each that is left out why', () => {
    const made = plan({ only: ['web-0', 'web-1', 'web-2', 'web-3'], limit: 2, until: 'early' });
    expect('refused' in made ? made : made.settled.map(({ name, detail }) => `${name}: ${detail}`)).toEqual([
      'web-4: not among those named in only',
      'web-2: beyond the limit of 2',
      'web-3: stage rest comes after early',
    ]);
  });

  test('means one account alone where it is named', () => {
    const twins = [instance('web-1'), instance('web-1', { account: '444455556666' })];
    const targetsOf = (only: string[]) => {
      const spec = { ...SPEC, targets: { ...SPEC.targets, accounts: [ACCOUNT, '444455556666'] } };
      const made = planRollout(spec, twins, { only });
      return made.ok ? made.plan.stages.flatMap(({ targets }) => targets.map(({ arn }) => arn.split(':')[4])) : [];
    };
    expect(targetsOf(['us-east-1/web-1'])).toHaveLength(2);
    expect(targetsOf(['444455556666/us-east-1/web-1'])).toEqual(['444455556666']);
  });

  test('refuses names that are none of the selection, and names them', () => {
    expect(outlined({ only: ['web-0', 'web-9'] })).toContain('"web-9" is no instance of the selection');
    expect(outlined({ only: ['eu-west-1/web-0', 'web-9'] })).toContain('"eu-west-1/web-0", "web-9" are no instances');
    expect(outlined({ only: ['web-*'] })).toContain('"web-*" is no instance');
    expect(outlined({ only: ['web-0'] }, [])).toContain('"web-0" is no instance');
  });

  test('leaves alone what is settled already as it is', () => {
    const settled = [instance('ok', { options: CLOSED }), instance('out', { tags: { 'imds-rollout': 'skip' } })];
    expect(outlined({ only: ['ok', 'web-0'] }, [...fleet(2), ...settled])).toEqual({
      canary: ['web-0'],
      early: [],
      rest: [],
      settled: ['ok compliant', 'out skipped(opted-out)', 'web-1 skipped(left-out)'],
    });
  });

  test('changes at most so many, and loses none, whatever the bounds', () => {
    const names = fc.subarray(
      fleet(12).map(({ name }) => name),
      { minLength: 1 },
    );
    const bounds = fc.record(
      { only: names, limit: fc.integer({ min: 1, max: 15 }), until: fc.constantFrom('canary', 'early', 'rest') },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(bounds, (given) => {
        const made = plan(given, fleet(12));
        if ('refused' in made) throw new Error(made.refused);
        const targets = made.stages.flatMap((stage) => stage.targets.map(({ name }) => name));
        expect(targets.length).toBeLessThanOrEqual(given.limit ?? 12);
        for (const name of targets) expect(given.only ?? targets).toContain(name);
        expect([...targets, ...made.settled.map(({ name }) => name)].toSorted()).toEqual(
          fleet(12)
            .map(({ name }) => name)
            .toSorted(),
        );
      }),
    );
  });

  test('calls no stage one without targets whose targets are left out', () => {
    const passedOver = (bounds: RolloutBounds, count: number) => {
      const made = plan(bounds, fleet(count));
      return 'refused' in made ? made.refused : made.warnings.filter((text) => text.includes('passed over'));
    };
    expect(passedOver({ until: 'canary' }, 5)).toEqual([]);
    expect(passedOver({ limit: 1 }, 5)).toEqual([]);
    expect(passedOver({ until: 'canary' }, 1)).toHaveLength(2);
    expect(passedOver({ only: ['web-4'] }, 5)).toHaveLength(2);
  });

  test('of a fleet that is too large for one rollout may be small enough', () => {
    const large = fleet(MAX_TARGETS + 1);
    expect(outlined({ limit: 1 }, large)).toMatchObject({ canary: ['web-0'], early: [], rest: [] });
    expect(outlined({ until: 'early' }, large)).toMatchObject({ canary: ['web-0'], rest: [] });
    expect(outlined({ limit: MAX_TARGETS + 1 }, large)).toMatch(/at most 20000/);
  });

  test('has another hash than the whole', () => {
    const hashes = [{}, { limit: 2 }, { until: 'early' }, { only: ['web-0'] }].map((bounds) => {
      const made = plan(bounds);
      return 'refused' in made ? '' : made.hash;
    });
    expect(new Set(hashes).size).toBe(4);
  });

  test('a name in two regions means both, and with its region one', () => {
    const both = [instance('a'), instance('a', { region: 'eu-west-1' })];
    const count = (bounds: RolloutBounds) => {
      const made = plan(bounds, both);
      return 'refused' in made
        ? made
        : made.stages.flatMap(({ targets }) => targets.map(({ arn }) => arn.split(':')[3]));
    };
    expect(count({ only: ['a'] })).toEqual(['eu-west-1', 'us-east-1']);
    expect(count({ only: ['us-east-1/a'] })).toEqual(['us-east-1']);
  });
});
