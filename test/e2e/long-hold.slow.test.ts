import { it } from 'vitest';
import type { RolloutSpecInput } from '../../src/rollout/spec.js';
import { readings } from '../support/readings.js';
import { until, waitForHold } from '../support/wait.js';
import { createWorld } from '../support/world.js';

const health: RolloutSpecInput['health'] = { interval: '150ms', failureThreshold: 3 };

const APPROVED: Partial<RolloutSpecInput> = {
  health,
  stages: [
    { name: 'canary', size: 2 },
    { name: 'rest', size: 'rest', approval: {} },
  ],
};

it('a rollout held for thirty readings, which is half an hour of minutes, adds next to nothing to its history', async ({
  expect,
}) => {
  const world = await createWorld({ fleet: 3 });
  const rollout = await world.start({ ...APPROVED, health: { interval: '10ms' } });
  await waitForHold(rollout, 'approval');
  const events = async () =>
    (await world.client.workflow.getHandle(rollout.workflowId).fetchHistory()).events?.length ?? 0;
  await readings(world, 1);
  const before = await events();
  const sweeps = () => world.simulator.state.calls({ operation: 'GetInstances' }).length;
  const start = sweeps();
  await until(() => expect(sweeps() - start).toBeGreaterThan(10));
  await until(() => expect(sweeps() - start).toBeGreaterThan(30), 2);
  expect((await events()) - before).toBeLessThan(10);
  await rollout.abort({ mode: 'rollback' });
  await rollout.result();
});
