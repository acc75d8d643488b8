import { expect, it } from 'vitest';
import { createWorld } from '../support/world.js';

it('changes a whole fleet, stage by stage, with one Update an instance', async () => {
  const world = await createWorld({ fleet: 8 });
  const rollout = await world.rollouts.start(world.spec(), { taskQueue: world.taskQueue });
  const outcome = await rollout.result();
  expect(outcome).toMatchObject({
    status: 'completed',
    result: { ended: 'completed', counts: { changed: 8, total: 8 } },
  });
  const updates = world.simulator.state.calls({ operation: 'UpdateInstanceMetadataOptions' });
  expect(updates).toHaveLength(8);
  for (const instance of world.simulator.state.instances())
    expect(instance.metadataOptions).toMatchObject({ httpTokens: 'required' });
});

it('takes everything back when a later stage fails beyond its budget', async () => {
  const world = await createWorld({
    fleet: 8,
    scenario: {
      faults: [
        // As often as an apply may fail: the Update that restores it has to be accepted.
        {
          operation: 'UpdateInstanceMetadataOptions',
          instance: 'web-5',
          times: 3,
          effect: { error: 'ServiceException' },
        },
      ],
    },
  });
  const before = world.simulator.state.instances();
  const rollout = await world.rollouts.start(world.spec(), { taskQueue: world.taskQueue });
  const outcome = await rollout.result();
  expect(outcome).toMatchObject({ status: 'failed', type: 'RolloutRolledBack' });
  expect(world.simulator.state.instances()).toEqual(before);
});
