import { describe, expect, it } from 'vitest';
import type { HealthCheck } from '../../src/rollout/health.js';
import { Looker } from '../../src/workflows/look.js';
import { RunState } from '../../src/workflows/run-state.js';
import { instance, spec, target } from '../rollout/builders.js';

describe('a look', () => {
  it('is taken at running targets that a check applies to', () => {
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
    expect(found.map(({ target: { name } }) => name)).toEqual(['checked', 'far']);
  });
});
