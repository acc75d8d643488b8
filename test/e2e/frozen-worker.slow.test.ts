import { expect, it } from 'vitest';
import { heldChanges } from '../support/faults.js';
import { letGo } from '../support/held.js';
import { each, names, ONE_STAGE, tokensOf } from '../support/rollouts.js';
import { until } from '../support/wait.js';
import { spawnWorker } from '../support/worker-process.js';
import { createWorld } from '../support/world.js';

const MINUTE = 60_000;
const FLEET = 4;

it.concurrent('a worker that was frozen between the record and the Update sends nothing when it wakes after another one has finished', async ({
  onTestFinished,
}) => {
  const world = await createWorld({ onTestFinished, fleet: FLEET, worker: false });
  const frozen = await spawnWorker(world, onTestFinished, { stopAt: 'web-2' });
  const rollout = await world.start({ ...ONE_STAGE, apply: { timeout: '5m', pollInterval: '40ms' } });
  await until(() => expect(frozen.said).toEqual(['stopping']));
  await spawnWorker(world, onTestFinished);
  expect(await rollout.result()).toMatchObject({ status: 'completed', result: { counts: { changed: FLEET } } });
  const before = world.updates('web-2').length;
  // Somebody has another reason to lower them, after the rollout has ended.
  world.patch('web-2', { metadataOptions: { httpTokens: 'optional' } });
  frozen.resume();
  await until(() => expect(frozen.said).toEqual(['stopping', 'WriteRefused']));
  expect(world.updates('web-2')).toHaveLength(before);
  expect(tokensOf(world)).toMatchObject({ 'web-2': 'optional' });
});

it.concurrent.for([
  [15, -15],
  [-15, 15],
] as const)(
  'a worker whose clock is %d minutes off dies, and one that is %d minutes off follows its changes to their ends',
  async ([first, second], { onTestFinished }) => {
    const scenario = { faults: heldChanges() };
    const world = await createWorld({ onTestFinished, fleet: FLEET, worker: false, scenario });
    const dying = await spawnWorker(world, onTestFinished, { clockAhead: first * MINUTE });
    const rollout = await world.start({ ...ONE_STAGE, apply: { timeout: '10m', pollInterval: '40ms' } });
    await until(() => expect(world.updates()).toHaveLength(FLEET));
    await dying.kill();
    await spawnWorker(world, onTestFinished, { clockAhead: second * MINUTE });
    letGo(world);
    expect(await rollout.result()).toMatchObject({ status: 'completed', result: { counts: { changed: FLEET } } });
    expect(tokensOf(world)).toEqual(each(names(FLEET), 'required'));
    expect(world.updates()).toHaveLength(FLEET);
  },
);
