import { expect, it } from 'vitest';
import { DEFAULT_PACING } from '../../src/lightsail/index.js';
import { ONE_STAGE, roll } from '../support/rollouts.js';
import { createWorld, type World } from '../support/world.js';

it('a rollout over a service that throttles is slower, and fails nothing', async ({ onTestFinished }) => {
  const world = await createWorld({
    onTestFinished,
    fleet: 40,
    sdk: { pacing: { ratePerSecond: 60, burst: 5 } },
    scenario: { throttle: { ratePerSecond: 20, burst: 20 } },
  });
  const outcome = await roll(world, { ...ONE_STAGE, concurrency: 40 });
  expect(outcome).toMatchObject({
    status: 'completed',
    result: { counts: { changed: 40, total: 40 }, exceptions: [] },
  });
  const calls = world.simulator.state.calls();
  const throttled = calls.filter(({ error }) => error?.startsWith('Throttling') === true);
  // The first ones find the limit out.
  expect(throttled.length / calls.length).toBeLessThan(0.25);
  expect(world.updates().filter(({ error }) => error === null)).toHaveLength(40);
});

it('a worker as it is by default keeps to five calls a second, wherever they go', async ({ onTestFinished }) => {
  const world = await createWorld({
    onTestFinished,
    fleet: 25,
    sdk: { pacing: DEFAULT_PACING },
    // What five a second without bursts meet is a limit of five a second.
    scenario: { throttle: { ratePerSecond: 5, burst: 5 } },
  });
  const outcome = await roll(world, { ...ONE_STAGE, concurrency: 25 });
  expect(outcome).toMatchObject({ status: 'completed', result: { counts: { changed: 25 }, exceptions: [] } });
  const calls = world.simulator.state.calls().filter(({ operation }) => operation !== 'GetCallerIdentity');
  const throttled = calls.filter(({ error }) => error?.startsWith('Throttling') === true);
  expect(throttled.length / calls.length).toBeLessThanOrEqual(0.03);
  const seconds = ((calls.at(-1)?.at ?? 0) - (calls[0]?.at ?? 0)) / 1_000;
  expect((calls.length - 1) / seconds).toBeLessThanOrEqual(5.05);
});

it('an instance that turns out to be on its way elsewhere gives up the turn that its Update has waited for', async ({
  onTestFinished,
}) => {
  const readings: string[] = [];
  let isLeaving = false;
  const world: World = await createWorld({
    onTestFinished,
    fleet: 1,
    // So slow that what the Update was decided on is out of date when its turn comes.
    sdk: { pacing: { ratePerSecond: 0.45, burst: 1 } },
    intercept: (lightsail) => ({
      ...lightsail,
      reserveWrite: async (call) => {
        await lightsail.reserveWrite?.(call);
        if (!isLeaving) world.patch('web-1', { state: 'stopping' });
        isLeaving = true;
      },
      getInstance: async (request, call) => {
        const reply = await lightsail.getInstance(request, call);
        if (isLeaving) readings.push(call?.urgent ? 'urgent' : 'in its turn');
        if (isLeaving && call?.urgent !== true) world.patch('web-1', { state: 'running' });
        return reply;
      },
    }),
  });
  const outcome = await roll(world, { ...ONE_STAGE, health: { checks: [] } });
  expect(outcome).toMatchObject({ status: 'completed', result: { counts: { changed: 1 } } });
  expect(readings.slice(0, 2)).toEqual(['urgent', 'in its turn']);
});
