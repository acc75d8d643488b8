import { it } from 'vitest';
import { heldChanges } from '../support/faults.js';
import { letGo } from '../support/held.js';
import { blindfold } from '../support/readings.js';

import { runningBatch, untilTold } from '../support/temporal-runs.js';
import { until, waitForHold, waitForStatus } from '../support/wait.js';
import { createWorld } from '../support/world.js';

it('a batch that is held for want of readings goes on when an operator approves, and the end waits for them', async ({
  expect,
}) => {
  const world = await createWorld({ fleet: 12, scenario: { faults: heldChanges({ after: 3 }) } });
  const rollout = await world.start({
    health: { interval: '150ms' },
    concurrency: 1,
    stages: [
      { name: 'canary', size: 2, bake: '50ms' },
      { name: 'rest', size: 'rest' },
    ],
  });
  await until(() => expect(world.updates().length).toBe(4));
  blindfold(world);
  const { stage } = await waitForHold(rollout, 'health');
  expect(stage).toBe('rest');
  await untilTold(world, await runningBatch(world, rollout));
  letGo(world);
  blindfold(world);
  await waitForStatus(rollout, ({ counts }) => counts.inFlight === 0);
  expect(world.updates()).toHaveLength(4);
  await rollout.approve({ by: 'ops', reason: 'I watch it myself' });
  // Others may be lost after that, and hold it once more.
  const lastHold = async () => {
    if ((await rollout.status()).waiting?.for === 'health') await rollout.approve({ by: 'ops' }).catch(() => undefined);
    expect(world.updates()).toHaveLength(12);
  };
  await until(lastHold);
  world.simulator.state.clearFaults();
  expect(await rollout.result()).toMatchObject({ status: 'completed', result: { counts: { changed: 12 } } });
});
