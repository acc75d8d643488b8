import { describe, expect, it, test } from 'vitest';
import { BLIND_AFTER, type HealthCheck, type Streak } from '../../src/rollout/health.js';
import { isInDoubt, Looker } from '../../src/workflows/look.js';
import { RunState } from '../../src/workflows/run-state.js';
import { instance, spec, target } from '../rollout/builders.js';

test.each<[string, Readonly<Record<string, Streak>>, boolean]>([
  ['nobody', {}, false],
  ['one that passes', { a: { fails: 0, blind: 0 } }, false],
  ['one that fails', { a: { fails: 1, blind: 0 } }, true],
  ['one that could not be read just now', { a: { fails: 0, blind: 1 } }, true],
  [
    'one that fails beside one that is out of sight',
    { a: { fails: 0, blind: BLIND_AFTER }, b: { fails: 1, blind: 0 } },
    true,
  ],
  ['one that is out of sight', { a: { fails: 2, blind: BLIND_AFTER } }, false],
])('what is remembered of %s: %j', (_, streaks, inDoubt) => {
  expect(isInDoubt({ streaks })).toBe(inDoubt);
});

describe('a look', () => {
  it('is taken at running targets that a check applies to, scope by scope', () => {
    const state = new RunState(() => undefined);
    const checks: readonly HealthCheck[] = [{ kind: 'status' }];
    const names = ['checked', 'unknown', 'unchecked', 'stopped'];
    const watched = names.map((name) => ({
      stage: 'all',
      target: target(name, name === 'stopped' ? { stopped: true } : {}),
    }));
    const far = target('far', { arn: instance('far', { region: 'eu-west-1' }).arn });
    state.checks = new Map([
      [target('checked').arn, checks],
      [target('unchecked').arn, []],
      [target('stopped').arn, checks],
      [far.arn, checks],
    ]);
    const found = new Looker(state, spec()).watchable([...watched, { stage: 'all', target: far }]);
    expect(found.map(([{ region }, members]) => [region, members.map((each) => each.target.name)])).toEqual([
      ['us-east-1', ['checked']],
      ['eu-west-1', ['far']],
    ]);
  });
});
