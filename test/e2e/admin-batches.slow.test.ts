import { describe, type ExpectStatic, it } from 'vitest';
import { heldChanges } from '../support/faults.js';
import { holdChanges, letGo } from '../support/held.js';
import { names, ONE_STAGE, resultOf } from '../support/rollouts.js';
import { failedTasks, isOpen, leaseOf, resetRun, runningBatch } from '../support/temporal-runs.js';
import { waitForHold, waitForStatus, waitUntil } from '../support/wait.js';
import { createWorld, type World } from '../support/world.js';

const FLEET = 6;
const HELD = { faults: heldChanges() };
const LONG = { ...ONE_STAGE, concurrency: 2 } as const;

function begun(world: World): string[] {
  return names(FLEET).filter((name) => world.updates(name).length > 0);
}

/** What was changed goes back, once: one Update for the change, and one for the way back. */
async function expectRollback(world: World, workflowId: string, before: unknown, expect: ExpectStatic): Promise<void> {
  const changed = begun(world);
  const rollback = await world.rollouts.rollback([{ workflowId }], { wait: '1m' });
  expect(await rollback.result()).toMatchObject({ status: 'completed', result: { exceptions: [] } });
  expect(world.simulator.state.instances()).toEqual(before);
  for (const name of changed) expect(world.updates(name), name).toHaveLength(2);
  expect(world.updates()).toHaveLength(2 * changed.length);
  expect(await isOpen(world, leaseOf(world))).toBe(false);
}

describe.concurrent('a batch of its own', () => {
  it('cancelled by an administrator finishes what it began, and a rollback restores that', async ({
    onTestFinished,
    expect,
  }) => {
    const world = await createWorld({ onTestFinished, fleet: FLEET, scenario: HELD });
    const before = world.simulator.state.instances();
    const rollout = await world.start(LONG);
    await waitUntil('a change has begun', () => world.updates().length === 2);
    await world.client.workflow.getHandle(await runningBatch(world, rollout)).cancel();
    letGo(world);
    const outcome = await rollout.result();
    expect(outcome).toMatchObject({ type: 'RolloutHalted' });
    expect(resultOf(outcome).counts.changed).toBe(begun(world).length);
    expect(await failedTasks(world, rollout.workflowId)).toEqual([]);
    await expectRollback(world, rollout.workflowId, before, expect);
  });

  it('with its activities paused for good lets an abort end the rollout', async ({ onTestFinished, expect }) => {
    const world = await createWorld({ onTestFinished, fleet: FLEET, scenario: HELD });
    const before = world.simulator.state.instances();
    const rollout = await world.start(LONG);
    await waitUntil('a change has begun', () => world.updates().length === 2);
    const batch = await runningBatch(world, rollout);
    const { raw } = await world.client.workflow.getHandle(batch).describe();
    const { namespace } = world.client.options;
    for (const { activityId } of raw.pendingActivities ?? []) {
      const execution = { workflowId: batch };
      await world.client.workflowService.pauseActivity({ namespace, execution, id: activityId ?? '', identity: 'x' });
    }
    await rollout.abort();
    letGo(world);
    const outcome = await rollout.result();
    expect(outcome).toMatchObject({ type: 'RolloutAborted', result: { counts: { changed: begun(world).length } } });
    for (const name of begun(world)) expect(world.updates(name), name).toHaveLength(1);
    await expectRollback(world, rollout.workflowId, before, expect);
  });

  it('reset by an administrator changes no instance twice', async ({ onTestFinished, expect }) => {
    const world = await createWorld({ onTestFinished, fleet: FLEET, scenario: HELD });
    const before = world.simulator.state.instances();
    const rollout = await world.start(LONG);
    await waitUntil('a change has begun', () => world.updates().length === 2);
    const batch = await runningBatch(world, rollout);
    await resetRun(world, world.rollouts.handle(batch), (completed) => completed[0]);
    await waitUntil('the new run looks at them', async () => {
      const { raw } = await world.client.workflow.getHandle(batch).describe();
      return (raw.pendingActivities ?? []).filter(({ lastStartedTime }) => lastStartedTime).length === 2;
    });
    letGo(world);
    await rollout.result();
    expect(await failedTasks(world, rollout.workflowId)).toEqual([]);
    expect(await failedTasks(world, batch)).toEqual([]);
    await waitUntil('the batch has closed', async () => !(await isOpen(world, batch)));
    for (const name of begun(world)) expect(world.updates(name), name).toHaveLength(1);
    await expectRollback(world, rollout.workflowId, before, expect);
  });
});

describe.concurrent('a batch that is reset once it has changed instances', () => {
  it.for([
    { end: 'aborted with a rollback', type: 'RolloutRolledBack', counts: { restored: FLEET } },
    { end: 'left to its end', type: undefined, counts: { changed: FLEET } },
  ])('and $end, counts them as changed by its rollout', async ({ type, counts }, { onTestFinished, expect }) => {
    // The last change is held, so that the batch is open.
    const world = await createWorld({
      onTestFinished,
      fleet: FLEET,
      scenario: { faults: heldChanges({ after: FLEET - 1 }) },
    });
    const before = world.simulator.state.instances();
    const rollout = await world.start({ ...ONE_STAGE, concurrency: 1 });
    await waitUntil('all but one are changed', () => world.updates().length === FLEET);
    const batch = await runningBatch(world, rollout);
    await resetRun(world, world.rollouts.handle(batch), (completed) => completed[0]);
    await waitForStatus(rollout, (status) => (status.counts.changed ?? 0) + (status.counts.compliant ?? 0) > 1);
    if (type !== undefined) await rollout.abort({ mode: 'rollback' });
    letGo(world);
    const outcome = await rollout.result();
    expect(outcome).toMatchObject(type === undefined ? { status: 'completed' } : { type });
    const { counts: counted } = resultOf(outcome);
    expect(counted.compliant ?? 0).toBe(0);
    if (type === undefined) {
      expect(counted).toMatchObject(counts);
      for (const name of names(FLEET)) expect(world.updates(name), name).toHaveLength(1);
    } else expect(world.simulator.state.instances()).toEqual(before);
    expect(await failedTasks(world, batch)).toEqual([]);
  });
});

describe.concurrent('a rollout that is started again under its ID', () => {
  it('after a reset and a termination waits for the batch of the run before', async ({ onTestFinished, expect }) => {
    const world = await createWorld({ onTestFinished, fleet: FLEET });
    const before = world.simulator.state.instances();
    const stages = [
      { name: 'canary', size: 1, bake: '10m' },
      { name: 'rest', size: 'rest' },
    ] as const;
    const first = await world.start({ stages: [...stages], concurrency: 1 });
    await waitForHold(first, 'bake');
    await resetRun(world, first, (completed) => completed.at(-1));
    const second = world.rollouts.handle(first.workflowId);
    await waitForHold(second, 'bake');
    holdChanges(world);
    await second.skipBake();
    await waitUntil('the second batch writes', () => world.updates().length === 2);
    const batch = await runningBatch(world, second);
    const { runId } = await world.client.workflow.getHandle(first.workflowId).describe();
    await world.client.workflow.getHandle(first.workflowId).terminate('by hand');
    const third = await world.start({
      ...ONE_STAGE,
      options: { httpPutResponseHopLimit: 3 },
      busy: { wait: '1m' },
      concurrency: FLEET,
    });
    expect(third.workflowId).toBe(first.workflowId);
    await waitForHold(third, 'lease');
    expect(await isOpen(world, batch)).toBe(true);
    letGo(world);
    const written = () => world.updates().filter(({ input }) => JSON.stringify(input).includes('HopLimit":3'));
    await waitUntil('the third run writes', () => written().length > 0);
    expect(await isOpen(world, batch)).toBe(false);
    expect(await third.result()).toMatchObject({ status: 'completed' });
    const both = [{ workflowId: third.workflowId }, { workflowId: first.workflowId, runId }];
    const rollback = await world.rollouts.rollback(both);
    expect(await rollback.result()).toMatchObject({ status: 'completed', result: { exceptions: [] } });
    expect(world.simulator.state.instances()).toEqual(before);
  });
});

describe.concurrent('a lease', () => {
  it('taken by an administrator in mid-batch lets the rollout end as it would', async ({ onTestFinished, expect }) => {
    const world = await createWorld({ onTestFinished, fleet: FLEET, scenario: HELD });
    const before = world.simulator.state.instances();
    const rollout = await world.start(LONG);
    await waitUntil('a change has begun', () => world.updates().length === 2);
    await world.client.workflow.getHandle(leaseOf(world)).terminate('by hand');
    letGo(world);
    expect(await rollout.result()).toMatchObject({ status: 'completed', result: { counts: { changed: FLEET } } });
    expect(await failedTasks(world, rollout.workflowId)).toEqual([]);
    for (const name of names(FLEET)) expect(world.updates(name), name).toHaveLength(1);
    await expectRollback(world, rollout.workflowId, before, expect);
  });

  it('taken by an administrator lets no other rollout write beside the one that held it', async ({
    onTestFinished,
    expect,
  }) => {
    const world = await createWorld({ onTestFinished, fleet: FLEET, scenario: HELD });
    const rollout = await world.start({ ...LONG, concurrency: 1 });
    await waitUntil('a change has begun', () => world.updates().length === 1);
    const batch = await runningBatch(world, rollout);
    await world.client.workflow.getHandle(leaseOf(world)).terminate('by hand');
    const other = await world.start({
      ...ONE_STAGE,
      name: `other-${world.account}`,
      options: { httpPutResponseHopLimit: 3 },
      busy: { wait: '1m' },
      concurrency: FLEET,
    });
    await waitForHold(other, 'lease');
    letGo(world);
    await waitUntil('the other one writes', () =>
      world.updates().some(({ input }) => JSON.stringify(input).includes('HopLimit":3')),
    );
    expect(await isOpen(world, batch)).toBe(false);
    await other.result();
    await rollout.result();
  });
});
