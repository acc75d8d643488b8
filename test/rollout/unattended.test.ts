import { expect, it } from 'vitest';
import { passOver } from '../../src/rollout/pass-over.js';
import { countTargets } from '../../src/rollout/plan.js';
import { unattendedProblems, unattendedWarnings } from '../../src/rollout/unattended.js';
import { planWith, spec } from './builders.js';

it('an approval is refused where nobody is there to give it, also one that times out', () => {
  const stages = [
    { name: 'canary', size: 1 },
    { name: 'rest', size: 'rest', approval: { timeout: '1h' } },
  ];
  expect(unattendedProblems(spec({ stages }))).toEqual([
    { path: 'stages[1].approval', message: expect.stringMatching(/nobody is there to approve stage rest/) },
  ]);
  expect(unattendedProblems(spec({}))).toEqual([]);
});

it('the waiver that ends first is warned of', () => {
  const exceptions = [
    { names: ['a'], reason: 'old', until: '2027-05-01' },
    { names: ['b', 'c'], reason: 'old', until: '2027-03-01' },
    { names: ['d'], reason: 'for good' },
  ];
  expect(unattendedWarnings(spec({ exceptions }))).toEqual([
    expect.stringMatching(/^the waiver of b, c ends on 2027-03-01/),
  ]);
  expect(unattendedWarnings(spec({}))).toEqual([]);
});

it('a plan that is passed over changes nothing and says of each target who is in the way', () => {
  const plan = planWith({ canary: 1, rest: 2 }, [{ arn: 'arn', name: 'web-9', outcome: { kind: 'compliant' } }]);
  const targets = plan.stages.flatMap((stage) => stage.targets);
  const passed = passOver(plan, 'held by another');
  expect(countTargets(passed)).toBe(0);
  expect(passed).toMatchObject({ hash: plan.hash, stages: [{ targets: [] }, { targets: [] }] });
  const skipped = { outcome: { kind: 'skipped', reason: 'busy' }, detail: 'held by another' };
  expect(passed.settled).toEqual([...plan.settled, ...targets.map(({ arn, name }) => ({ arn, name, ...skipped }))]);
});

it('of two waivers the one that ends first is warned of, in whichever order they stand', () => {
  const exceptions = ['2027-03-01', '2027-05-01'].map((until, n) => ({ names: [`web-${n}`], reason: 'old', until }));
  for (const order of [exceptions, exceptions.toReversed()])
    expect(unattendedWarnings(spec({ exceptions: order }))).toEqual([
      expect.stringContaining('web-0 ends on 2027-03-01'),
    ]);
});
