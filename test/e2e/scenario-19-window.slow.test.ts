import { describe, it } from 'vitest';
import { reported, tokensOf } from '../support/rollouts.js';
import { isSettled } from '../support/settled.js';
import { until, waitForHold, waitForStatus, waitUntil } from '../support/wait.js';
import { closingWindow } from '../support/windows.js';
import { createWorld } from '../support/world.js';

describe.concurrent('scenario 19: a window that closes on a batch of 100, 5 at a time', () => {
  it.for([{ workers: 'there' }, { workers: 'away' }])(
    'with all workers $workers: no write starts from then on',
    async ({ workers }, { onTestFinished, expect }) => {
      // A window closes at a full minute, so the batch has to last that long.
      const pending = { min: 4_500, max: 4_500 };
      const world = await createWorld({ onTestFinished, fleet: 100, worker: false, scenario: { pending } });
      const { windows, closing } = closingWindow(15_000);
      const rollout = await world.start({ stages: [{ name: 'all', size: 'rest' }], windows, concurrency: 5 });
      const worker = await world.startWorker();
      await waitUntil('the batch is under way', () => world.updates().length >= 5);
      if (workers === 'away') await worker.stop();
      await until(() => expect(Date.now()).toBeGreaterThan(closing));
      if (workers === 'away') await world.startWorker();
      await waitForHold(rollout, 'window');
      await waitUntil('what was in flight is finished', () => isSettled(world));
      const { counts } = await waitForStatus(rollout, ({ counts }) => counts.inFlight === 0);
      const begun = world.updates().length;
      expect(world.updates().filter(({ at }) => at >= closing)).toEqual([]);
      expect(counts.changed).toBe(begun);
      await rollout.abort();
      const outcome = await rollout.result();
      expect(outcome).toMatchObject({
        type: 'RolloutAborted',
        result: { counts: { changed: begun, skipped: 100 - begun, total: 100 } },
      });
      expect(new Set(Object.values(reported(outcome)))).toEqual(new Set(['skipped(not-started)']));
      expect(Object.values(tokensOf(world)).filter((tokens) => tokens === 'required')).toHaveLength(begun);
      expect(world.updates()).toHaveLength(begun);
    },
  );
});
