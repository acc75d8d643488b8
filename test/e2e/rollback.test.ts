import { describe, expect, it } from 'vitest';
import { heldChanges } from '../support/faults.js';
import { letGo } from '../support/held.js';
import { each, names, ONE_STAGE, reported, resultOf, tokensOf } from '../support/rollouts.js';
import { isOpen, leaseOf } from '../support/temporal-runs.js';
import { until } from '../support/wait.js';
import { createWorld } from '../support/world.js';

describe.concurrent('a rollback', () => {
  it('of a rollout that was terminated in mid-batch restores all that it changed, and writes nothing the second time', async ({
    onTestFinished,
  }) => {
    const world = await createWorld({ onTestFinished, fleet: 12, scenario: { faults: heldChanges({ after: 3 }) } });
    const before = world.simulator.state.instances();
    const rollout = await world.start({ ...ONE_STAGE, concurrency: 3 });
    await until(() => expect(world.updates().length).toBe(6));
    await world.client.workflow.getHandle(rollout.workflowId).terminate('by hand');
    const rollback = await world.rollouts.rollback([{ workflowId: rollout.workflowId }]);
    letGo(world);
    const outcome = await rollback.result();
    expect(outcome).toMatchObject({ status: 'completed', result: { ended: 'rolled-back', exceptions: [] } });
    expect(world.simulator.state.instances()).toEqual(before);
    expect(resultOf(outcome).counts.restored).toBe(world.updates().length / 2);
    expect(resultOf(outcome).downgraded).toBe(world.updates().length / 2);
    expect(await isOpen(world, leaseOf(world))).toBe(false);

    const written = world.updates().length;
    const again = await world.rollouts.rollback([{ workflowId: rollout.workflowId }]);
    expect(await again.result()).toMatchObject({ status: 'completed', result: { ended: 'rolled-back' } });
    expect(world.updates()).toHaveLength(written);
  });

  it('leaves what was changed elsewhere since, and names it', async ({ onTestFinished }) => {
    const world = await createWorld({ onTestFinished, fleet: 4 });
    const rollout = await world.start(ONE_STAGE);
    expect(await rollout.result()).toMatchObject({ status: 'completed' });
    world.patch('web-2', { metadataOptions: { httpTokens: 'required', httpEndpoint: 'disabled', state: 'applied' } });
    world.patch('web-3', { metadataOptions: { httpTokens: 'optional', state: 'applied' } });
    world.recreate('web-4');
    const rollback = await world.rollouts.rollback([{ workflowId: rollout.workflowId }]);
    const outcome = await rollback.result();
    expect(outcome).toMatchObject({ status: 'completed', result: { ended: 'rolled-back' } });
    expect(reported(outcome)).toEqual({ 'web-4': 'changed, replaced' });
    expect(tokensOf(world)).toEqual({ ...each(names(3), 'optional'), 'web-4': 'required' });
  });
});
