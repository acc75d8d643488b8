import { describe, it } from 'vitest';
import { refusedLast } from '../support/held.js';
import { each, reported, roll, tokensOf } from '../support/rollouts.js';
import { createWorld } from '../support/world.js';

describe.concurrent('scenario 17: a percent budget while a small canary burns', () => {
  it.for([
    { failing: ['web-1'], stops: false },
    { failing: ['web-1', 'web-10'], stops: true },
  ])(
    'of 20 % is measured over the canary of 5, not the fleet of 25: $failing.length failing',
    async ({ failing, stops }, { onTestFinished, expect }) => {
      const world = await createWorld({ onTestFinished, fleet: 25, ...refusedLast(5 - failing.length, ...failing) });
      const before = world.simulator.state.instances();
      const outcome = await roll(world, {
        spread: [],
        stages: [
          { name: 'canary', size: 5 },
          { name: 'rest', size: 'rest' },
        ],
        failure: { max: '20%' },
        concurrency: 5,
      });
      expect(reported(outcome)).toEqual(each(failing, 'failed(api-error)'));
      if (stops) {
        expect(outcome).toMatchObject({
          type: 'RolloutRolledBack',
          result: { reason: '2 of 5 targets of stage "canary" failed, 1 may', counts: { failed: 2, restored: 3 } },
        });
        expect(world.simulator.state.instances()).toEqual(before);
        expect(world.updates()).toHaveLength(5 + 3);
      } else {
        expect(outcome).toMatchObject({ status: 'completed', result: { counts: { failed: 1, changed: 24 } } });
        const all = before.map(({ name }) => name);
        expect(tokensOf(world)).toEqual({ ...each(all, 'required'), 'web-1': 'optional' });
        expect(world.updates()).toHaveLength(25);
      }
    },
  );
});
