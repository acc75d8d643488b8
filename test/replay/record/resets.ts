import { it } from 'vitest';
import { holdChanges, letGo } from '../../support/held.js';
import { ONE_STAGE } from '../../support/rollouts.js';
import { resetRun } from '../../support/temporal-runs.js';
import { waitForHold, waitUntil } from '../../support/wait.js';
import { createWorld } from '../../support/world.js';
import { recordRun } from '../corpus.js';

/**
 * One that goes on to its end can't be replayed from a file, where the SDK takes it for the run before the reset; a
 * worker without a cache replays it in test/e2e/reset-early.test.ts.
 */
it('records a rollout that is reset to its beginning, and aborted while it waits for the batch that it had begun', async () => {
  const world = await createWorld({ fleet: 3 });
  holdChanges(world);
  const rollout = await world.start({ ...ONE_STAGE, concurrency: 1, busy: { wait: '1m' } });
  await waitUntil('a change has begun', () => world.updates().length === 1);
  await resetRun(world, rollout, (completed) => completed[0]);
  const again = world.rollouts.handle(rollout.workflowId);
  await waitForHold(again, 'lease');
  await again.abort({ mode: 'rollback', by: 'recorder' });
  await again.result();
  letGo(world);
  await recordRun('restarted-abort', world, again);
});
