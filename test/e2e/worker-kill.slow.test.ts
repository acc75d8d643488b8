import { describe, expect, it } from 'vitest';
import type { FaultInput } from '../../src/simulator/index.js';
import { heldChanges, onRead, onUpdate } from '../support/faults.js';
import { letGo } from '../support/held.js';
import { SINGLE_READS } from '../support/in-change.js';
import { each, names, ONE_STAGE, tokensOf } from '../support/rollouts.js';
import { until, waitForHold } from '../support/wait.js';
import { spawnWorker } from '../support/worker-process.js';
import { createWorld, type World } from '../support/world.js';

/** An answer that doesn't come before the worker is gone. */
const NEVER = { delayMs: 600_000 };
const ONCE = { times: 1 };
const FLEET = 8;

/**
 * One instance for every point at which a worker may die: web-1 before it has recorded anything, web-2 between record
 * and Update, web-3 between the Update and its answer, web-4 while the change is pending, web-5 while it is read back.
 */
function stuckPoints(readsBefore: number): FaultInput[] {
  return [
    onRead('web-1', NEVER, ONCE),
    onUpdate('web-2', { drop: true, ...NEVER }, ONCE),
    onUpdate('web-3', { applyThenDrop: true, ...NEVER }, ONCE),
    onUpdate('web-4', { stuckPending: true }, ONCE),
    onRead('web-5', NEVER, { after: readsBefore, ...ONCE }),
  ];
}

/** Waits until the worker stands at every one of the points, and all else is done. */
async function stuckEverywhere(world: World, others: string, updatesBefore = 0): Promise<void> {
  await until(() => {
    expect(tokensOf(world)).toMatchObject(each(names(FLEET).slice(5), others));
    const struck = world.simulator.state.calls().filter(({ effect }) => effect !== null);
    expect(new Set(struck.map((call) => call.instanceName))).toEqual(new Set(names(5)));
    for (const name of ['web-4', 'web-5']) expect(world.updates(name)).toHaveLength(updatesBefore + 1);
  });
}

/** Only the Update that was provably not carried out was sent a second time. */
function updatesOnce(): Record<string, number> {
  return { ...each(names(FLEET), 1), 'web-2': 2 };
}

function countUpdates(world: World): Record<string, number> {
  return Object.fromEntries(names(FLEET).map((name) => [name, world.updates(name).length]));
}

describe.concurrent('a worker that dies', () => {
  it('leaves one effect an instance, and a deadline that ran out meanwhile fails nothing', async ({
    onTestFinished,
  }) => {
    const world = await createWorld({
      onTestFinished,
      fleet: FLEET,
      worker: false,
      scenario: { faults: stuckPoints(1), ...SINGLE_READS },
    });
    const worker = await spawnWorker(world, onTestFinished);
    const rollout = await world.start({
      ...ONE_STAGE,
      apply: { timeout: '25s', pollInterval: '40ms', maxErrors: 3 },
    });
    await stuckEverywhere(world, 'required');
    await worker.kill();
    // Applied while no worker is there; the next one sees it only after the deadline.
    world.patch('web-4', { metadataOptions: { state: 'applied' } });
    const deadline = Math.max(...world.updates().map(({ at }) => at)) + 25_000;
    await until(() => expect(Date.now()).toBeGreaterThan(deadline));
    await spawnWorker(world, onTestFinished);
    const outcome = await rollout.result();
    expect(outcome).toMatchObject({ status: 'completed', result: { counts: { changed: FLEET, total: FLEET } } });
    expect(tokensOf(world)).toEqual(each(names(FLEET), 'required'));
    expect(countUpdates(world)).toEqual(updatesOnce());
  });

  it('after a pause leaves what it had begun to be followed, and that is no failure', async ({ onTestFinished }) => {
    const scenario = { faults: heldChanges() };
    const world = await createWorld({ onTestFinished, fleet: 4, worker: false, scenario });
    const worker = await spawnWorker(world, onTestFinished);
    const rollout = await world.start({ ...ONE_STAGE, apply: { timeout: '5m', pollInterval: '40ms' } });
    await until(() => expect(world.updates()).toHaveLength(4));
    await rollout.pause();
    await worker.kill();
    await spawnWorker(world, onTestFinished);
    letGo(world);
    await rollout.resume();
    const outcome = await rollout.result();
    expect(outcome).toMatchObject({ status: 'completed', result: { counts: { changed: 4, total: 4 } } });
    expect(world.updates()).toHaveLength(4);
  });

  it('on the way back leaves its work to another one, and all goes back to the originals', async ({
    onTestFinished,
  }) => {
    const world = await createWorld({ onTestFinished, fleet: FLEET, worker: false, scenario: SINGLE_READS });
    const before = world.simulator.state.instances();
    const worker = await spawnWorker(world, onTestFinished);
    const rollout = await world.start({
      stages: [{ name: 'all', size: 'rest', bake: '10m' }],
      apply: { timeout: '2m', pollInterval: '40ms', maxErrors: 3 },
    });
    await waitForHold(rollout, 'bake');
    for (const fault of stuckPoints(1)) world.simulator.state.addFault(fault);
    await rollout.abort({ mode: 'rollback' });
    await stuckEverywhere(world, 'optional', 1);
    await spawnWorker(world, onTestFinished);
    await worker.kill();
    world.patch('web-4', { metadataOptions: { state: 'applied' } });
    const outcome = await rollout.result();
    expect(outcome).toMatchObject({
      type: 'RolloutRolledBack',
      result: { counts: { restored: FLEET, total: FLEET }, downgraded: FLEET, exceptions: [] },
    });
    expect(world.simulator.state.instances()).toEqual(before);
    const restores = Object.entries(countUpdates(world)).map(([name, count]) => [name, count - 1]);
    expect(Object.fromEntries(restores)).toEqual(updatesOnce());
  });

  it('in order, as for a new version, hands on what it has begun', async ({ onTestFinished }) => {
    const world = await createWorld({
      onTestFinished,
      fleet: FLEET,
      worker: false,
      sdk: { requestTimeoutMs: 120_000 },
      scenario: { faults: stuckPoints(1), ...SINGLE_READS },
    });
    const worker = await world.startWorker();
    const rollout = await world.start({
      ...ONE_STAGE,
      apply: { timeout: '2m', pollInterval: '40ms', maxErrors: 1 },
    });
    await stuckEverywhere(world, 'required');
    await worker.stop();
    await world.startWorker();
    world.patch('web-4', { metadataOptions: { state: 'applied' } });
    const outcome = await rollout.result();
    expect(outcome).toMatchObject({ status: 'completed', result: { counts: { changed: FLEET, total: FLEET } } });
    expect(tokensOf(world)).toEqual(each(names(FLEET), 'required'));
    expect(countUpdates(world)).toEqual(updatesOnce());
  });
});
