import { describe, type ExpectStatic, it } from 'vitest';
import type { RolloutHandle } from '../../src/client/index.js';
import { onRead } from '../support/faults.js';
import { hideFirstChanges } from '../support/hidden-changes.js';
import { ONE_STAGE, reported, roll } from '../support/rollouts.js';
import { runningBatch } from '../support/temporal-runs.js';
import { waitForStatus, waitUntil } from '../support/wait.js';
import { createWorld, type World, type WorldOptions } from '../support/world.js';

const FLEET = 3;
/** Longer than two polls, and than an apply that fails at its deadline. */
const STALE = 4_000;
const PATIENT = { timeout: '1m', pollInterval: '40ms', maxErrors: 3 } as const;

async function hiddenWorld(options: Pick<WorldOptions, 'onTestFinished' | 'worker'>): Promise<World> {
  return createWorld({ fleet: FLEET, intercept: hideFirstChanges(), ...options });
}

/** A rollout with an accepted Update whose effect nobody has seen. */
async function startHidden(world: World): Promise<RolloutHandle> {
  const rollout = await world.start({ ...ONE_STAGE, apply: PATIENT, concurrency: FLEET });
  await waitUntil('all Updates were sent', () => world.updates().length === FLEET);
  return rollout;
}

/** A rollback restores all of it. */
async function expectRollback(world: World, ref: { workflowId: string }, before: unknown, expect: ExpectStatic) {
  const rollback = await world.rollouts.rollback([ref], { wait: '2m' });
  expect(await rollback.result()).toMatchObject({ status: 'completed', result: { counts: { restored: FLEET } } });
  expect(world.simulator.state.instances()).toEqual(before);
}

describe.concurrent('a change that was never seen applied', () => {
  it('is restored, where readings are stale and one after the accepted Update is refused', async ({
    onTestFinished,
    expect,
  }) => {
    const world = await createWorld({ onTestFinished, fleet: FLEET, scenario: { stale: STALE } });
    const before = world.simulator.state.instances();
    const rollout = await world.start({ ...ONE_STAGE, apply: PATIENT, concurrency: 1, spread: [] });
    await waitUntil('web-1 was written to', () => world.updates('web-1').length === 1);
    world.simulator.state.addFault(onRead('web-1', { error: 'AccessDeniedException' }, { times: 1 }));
    const outcome = await rollout.result();
    expect(outcome).toMatchObject({ type: 'RolloutRolledBack' });
    expect(reported(outcome)).toMatchObject({ 'web-1': 'failed(api-error), restored' });
    expect(world.simulator.state.instances()).toEqual(before);
  });

  it('is restored, where readings hide it until its deadline and longer', async ({ onTestFinished, expect }) => {
    const world = await hiddenWorld({ onTestFinished });
    const before = world.simulator.state.instances();
    const outcome = await roll(world, {
      ...ONE_STAGE,
      concurrency: FLEET,
      apply: { ...PATIENT, timeout: '600ms' },
    });
    expect(outcome).toMatchObject({ type: 'RolloutRolledBack', result: { counts: { failed: FLEET } } });
    expect(world.simulator.state.instances()).toEqual(before);
  });

  it('is restored by an operator who reverts it, or aborts', async ({ onTestFinished, expect }) => {
    const world = await hiddenWorld({ onTestFinished });
    const before = world.simulator.state.instances();
    const rollout = await world.start({
      ...ONE_STAGE,
      // One after the other, so that it is still under way when the first one has failed: all of a stage may not.
      concurrency: 1,
      apply: { ...PATIENT, timeout: '3s' },
      failure: { max: FLEET, revert: 'none' },
    });
    await waitForStatus(rollout, ({ counts }) => (counts.failed ?? 0) > 0);
    await rollout.abort({ mode: 'rollback' });
    expect(await rollout.result()).toMatchObject({ type: 'RolloutRolledBack' });
    expect(world.simulator.state.instances()).toEqual(before);
  });

  it('of a run that was terminated is restored from its histories, and a second rollback writes nothing', async ({
    onTestFinished,
    expect,
  }) => {
    const world = await hiddenWorld({ onTestFinished });
    const before = world.simulator.state.instances();
    const rollout = await startHidden(world);
    const batch = await runningBatch(world, rollout);
    await world.client.workflow.getHandle(rollout.workflowId).terminate('by hand');
    await world.client.workflow.getHandle(batch).terminate('by hand');
    await expectRollback(world, rollout, before, expect);
    const written = world.updates().length;
    await expectRollback(world, rollout, before, expect);
    expect(world.updates()).toHaveLength(written);
  });

  it('is restored from an undo file that was written before anything of it was seen', async ({
    onTestFinished,
    expect,
  }) => {
    const world = await hiddenWorld({ onTestFinished });
    const before = world.simulator.state.instances();
    const rollout = await startHidden(world);
    const file = await world.rollouts.undoFile({ workflowId: rollout.workflowId });
    const batch = await runningBatch(world, rollout);
    await world.client.workflow.getHandle(rollout.workflowId).terminate('by hand');
    await world.client.workflow.getHandle(batch).terminate('by hand');
    const rollback = await world.rollouts.rollbackFrom(file, { wait: '2m' });
    expect(await rollback.result()).toMatchObject({ status: 'completed', result: { counts: { restored: FLEET } } });
    expect(world.simulator.state.instances()).toEqual(before);
  });
});
