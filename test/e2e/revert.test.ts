import { describe, it } from 'vitest';
import type { RolloutSpecInput } from '../../src/rollout/spec.js';
import { heldChanges } from '../support/faults.js';
import { letGo } from '../support/held.js';
import { each, names, ONE_STAGE, reasonOf, reported, resultOf, tokensOf } from '../support/rollouts.js';
import { until, waitForHold } from '../support/wait.js';
import { createWorld } from '../support/world.js';

/** Two may fail, and what fails goes back. */
const WITHIN_BUDGET: Partial<RolloutSpecInput> = { failure: { max: 2, revert: 'failed' } };

const BAKING: Partial<RolloutSpecInput> = {
  ...WITHIN_BUDGET,
  stages: [
    { name: 'canary', size: 3, bake: '1h' },
    { name: 'rest', size: 'rest' },
  ],
};

describe.concurrent('revert of single targets', () => {
  it('in mid-stage restores one host, counts it where that is asked for, and the rollout goes on within its budget', async ({
    onTestFinished,
    expect,
  }) => {
    const world = await createWorld({
      onTestFinished,
      fleet: 12,
      scenario: { faults: heldChanges({ instance: 'web-2' }) },
    });
    const rollout = await world.start({ ...ONE_STAGE, ...WITHIN_BUDGET, concurrency: 2 });
    await until(() => expect(tokensOf(world)).toMatchObject(each(['web-1', 'web-2'], 'required')));
    await rollout.revert({ names: ['web-1'], by: 'ops', reason: 'agent lost its credentials', count: true });
    await until(() => expect(tokensOf(world)['web-1']).toBe('optional'));
    letGo(world);
    const outcome = await rollout.result();
    expect(outcome).toMatchObject({ status: 'completed', result: { counts: { changed: 11, failed: 1 } } });
    expect(reported(outcome)).toEqual({ 'web-1': 'failed(operator), restored' });
    expect(reasonOf(outcome, 'web-1')).toContain('taken back by ops: agent lost its credentials');
    expect(tokensOf(world)).toEqual({ ...each(names(12), 'required'), 'web-1': 'optional' });
  });

  it('takes back what an earlier batch has changed, once, however often it is said', async ({
    onTestFinished,
    expect,
  }) => {
    const world = await createWorld({ onTestFinished, fleet: 5 });
    const rollout = await world.start(BAKING);
    await waitForHold(rollout, 'bake');
    await rollout.revert({ names: ['us-east-1/web-2'] });
    await rollout.revert({ arns: [world.instance('web-2').arn] });
    await until(() => expect(tokensOf(world)['web-2']).toBe('optional'));
    await rollout.skipBake();
    const outcome = await rollout.result();
    expect(outcome).toMatchObject({ status: 'completed', result: { counts: { changed: 4, restored: 1 } } });
    expect(world.updates('web-2')).toHaveLength(2);
    expect(resultOf(outcome).stages[0]?.counts).toMatchObject({ changed: 2, restored: 1 });
  });

  it('of one host leaves the rest and the budget as they are, where no target may fail', async ({
    onTestFinished,
    expect,
  }) => {
    const world = await createWorld({ onTestFinished, fleet: 5 });
    const rollout = await world.start({ ...BAKING, failure: { max: 0, revert: 'run' } });
    await waitForHold(rollout, 'bake');
    expect(await rollout.previewRevert({ names: ['web-1'] })).toEqual({
      targets: [
        {
          name: 'us-east-1/web-1',
          arn: world.instance('web-1').arn,
          stage: 'canary',
          effect: 'goes-back',
          now: { httpTokens: 'required' },
          back: { httpTokens: 'optional' },
        },
      ],
      affected: 1,
      failures: 0,
      budget: [],
    });
    const { budget } = await rollout.revert({ names: ['web-1'] });
    expect(budget.failed).toBe(0);
    await until(() => expect(tokensOf(world)['web-1']).toBe('optional'));
    await rollout.skipBake();
    const outcome = await rollout.result();
    expect(outcome).toMatchObject({ status: 'completed', result: { counts: { changed: 4, restored: 1 } } });
    expect(tokensOf(world)).toEqual({ ...each(names(5), 'required'), 'web-1': 'optional' });
  });

  it('beyond the budget stops the rollout, and everything goes back where that is its policy', async ({
    onTestFinished,
    expect,
  }) => {
    const world = await createWorld({ onTestFinished, fleet: 5 });
    const rollout = await world.start({ ...BAKING, failure: { max: 1, revert: 'run' } });
    await waitForHold(rollout, 'bake');
    const message = { names: ['web-1', 'web-2'], by: 'ops', count: true };
    expect(await rollout.previewRevert(message)).toMatchObject({
      affected: 2,
      failures: 2,
      budget: [{ failed: 2, allowed: 1 }],
      stops: { reason: expect.stringMatching(/2 of 3 targets/), revert: 'run' },
    });
    await rollout.revert(message);
    const outcome = await rollout.result();
    expect(outcome).toMatchObject({ type: 'RolloutRolledBack', message: expect.stringMatching(/2 of 3 targets/) });
    expect(tokensOf(world)).toEqual(each(names(5), 'optional'));
  });

  it('of targets that are in change or still wait leaves none of them changed', async ({ onTestFinished, expect }) => {
    const world = await createWorld({ onTestFinished, fleet: 6, scenario: { faults: heldChanges() } });
    const rollout = await world.start({ ...ONE_STAGE, failure: { max: 6, revert: 'failed' }, concurrency: 2 });
    await until(() => expect(world.updates()).toHaveLength(2));
    await rollout.revert({ names: ['web-1', 'web-6'], count: true });
    letGo(world);
    const outcome = await rollout.result();
    expect(outcome).toMatchObject({ status: 'completed' });
    expect(reported(outcome)).toEqual({ 'web-1': 'failed(operator), restored', 'web-6': 'skipped(operator)' });
    expect(world.updates('web-6')).toEqual([]);
    expect(tokensOf(world)).toEqual({ ...each(names(6), 'required'), 'web-1': 'optional', 'web-6': 'optional' });
  });

  it('is refused with a reason where there is nothing to take back', async ({ onTestFinished, expect }) => {
    const world = await createWorld({ onTestFinished, fleet: 5 });
    const rollout = await world.start(BAKING);
    await waitForHold(rollout, 'bake');
    const why = (answer: Promise<unknown>) =>
      answer.then(
        () => 'accepted',
        (error: Error) => error.message,
      );
    const refusals: [Parameters<typeof rollout.revert>[0], RegExp][] = [
      [{}, /Name the targets to revert/],
      [{ names: ['web-9'] }, /^"web-9" is no target of this rollout\.$/],
      [{ names: ['web-5'] }, /^us-east-1\/web-5 has not been changed yet\.$/],
    ];
    for (const [message, reason] of refusals) {
      expect(await why(rollout.revert(message))).toMatch(reason);
      expect(await why(rollout.previewRevert(message))).toMatch(reason);
    }
    await rollout.abort();
    await rollout.result();
    expect(await why(rollout.revert({ names: ['web-1'] }))).toContain('has ended');
    expect(Object.values(tokensOf(world)).filter((tokens) => tokens === 'required')).toHaveLength(3);
  });
});
