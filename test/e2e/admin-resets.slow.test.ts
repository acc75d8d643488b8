import { describe, it } from 'vitest';
import type { RolloutHandle } from '../../src/client/index.js';
import { holdChanges, letGo } from '../support/held.js';
import { names, ONE_STAGE } from '../support/rollouts.js';
import {
  childrenOf,
  type EventId,
  failedTasks,
  isOpen,
  leaseOf,
  resetByCli,
  resetRun,
  runningBatch,
  taskBeforeBatch,
} from '../support/temporal-runs.js';
import { until, waitForHold, waitUntil } from '../support/wait.js';
import { createWorld, type World } from '../support/world.js';

const FLEET = 6;
const STAGES = [
  { name: 'canary', size: 1, bake: '10m' },
  { name: 'rest', size: 'rest', concurrency: 1 },
];

/** The first workflow task that was done after a batch had closed. */
async function taskAfter(world: World, workflowId: string, path: string): Promise<EventId> {
  const { events } = await world.client.workflow.getHandle(workflowId).fetchHistory();
  const closed = events?.find(({ childWorkflowExecutionCompletedEventAttributes: child }) =>
    child?.workflowExecution?.workflowId?.endsWith(`/${path}`),
  );
  const task = events?.find(
    ({ eventId, workflowTaskCompletedEventAttributes: completed }) =>
      completed && Number(eventId) > Number(closed?.eventId),
  );
  if (!closed || !task?.eventId) throw new Error(`no task came after ${path}`);
  return task.eventId;
}

/** Another rollout that waits for the scope until what is held is let go. @returns once it writes: by then nobody else may */
async function nextWriter(world: World): Promise<RolloutHandle> {
  const next = await world.start({
    ...ONE_STAGE,
    name: `next-${world.account}`,
    options: { httpPutResponseHopLimit: 3 },
    busy: { wait: '1m' },
    concurrency: FLEET,
  });
  await waitForHold(next, 'lease');
  letGo(world);
  await waitUntil('the next rollout writes', () => hopWrites(world) > 0);
  return next;
}

function hopWrites(world: World): number {
  return world.updates().filter(({ input }) => JSON.stringify(input).includes('"httpPutResponseHopLimit":3')).length;
}

describe.concurrent('a reset while a later batch runs', () => {
  it('lets no other rollout write before that batch has closed, though the new run ends before it starts one', async ({
    onTestFinished,
    expect,
  }) => {
    const world = await createWorld({ onTestFinished, fleet: FLEET });
    const before = world.simulator.state.instances();
    const rollout = await world.start({ spread: [], stages: STAGES });
    await waitForHold(rollout, 'bake');
    holdChanges(world);
    await rollout.skipBake();
    await waitUntil('the second batch writes', () => world.updates().length === 2);
    const batch = await runningBatch(world, rollout);
    const bake = await taskAfter(world, rollout.workflowId, 'canary/1');
    await resetRun(world, rollout, () => bake, 'without updates');
    const again = world.rollouts.handle(rollout.workflowId);
    await waitForHold(again, 'bake');
    await again.abort({ mode: 'rollback' });
    expect(await again.result()).toMatchObject({
      type: 'RolloutHalted',
      message: expect.stringContaining(`its batch ${batch} was open`),
    });
    const next = await nextWriter(world);
    expect(await isOpen(world, batch)).toBe(false);
    expect(await next.result()).toMatchObject({ status: 'completed' });
    expect(await failedTasks(world, rollout.workflowId)).toEqual([]);
    const undone = await world.rollouts.rollback([next, rollout].map(({ workflowId }) => ({ workflowId })));
    expect(await undone.result()).toMatchObject({ status: 'completed' });
    expect(world.simulator.state.instances()).toEqual(before);
  });

  it.for([
    { end: 'aborted', type: 'RolloutHalted' },
    { end: 'terminated', type: 'Terminated' },
  ])(
    'and a second one from the first run, $end, lets no other rollout write beside the batch of the run between',
    async ({ end, type }, { onTestFinished, expect }) => {
      const world = await createWorld({ onTestFinished, fleet: 3 });
      const before = world.simulator.state.instances();
      const rollout = await world.start({ spread: [], stages: STAGES });
      await waitForHold(rollout, 'bake');
      await resetRun(world, rollout, (completed) => completed.at(-1));
      const second = world.rollouts.handle(rollout.workflowId);
      await waitForHold(second, 'bake');
      holdChanges(world);
      await second.skipBake();
      await waitUntil('the second batch writes', () => world.updates().length === 2);
      const batch = await runningBatch(world, second);
      await resetRun(world, rollout, (completed) => completed.at(-1));
      const third = world.rollouts.handle(rollout.workflowId);
      await waitForHold(third, 'bake');
      if (end === 'aborted') await third.abort();
      else await world.client.workflow.getHandle(rollout.workflowId).terminate('by hand');
      expect(await third.result()).toMatchObject({ type });
      const next = await nextWriter(world);
      expect(await isOpen(world, batch)).toBe(false);
      expect(await next.result()).toMatchObject({ status: 'completed' });
      const undone = await world.rollouts.rollback([next, rollout].map(({ workflowId }) => ({ workflowId })));
      expect(await undone.result()).toMatchObject({ status: 'completed' });
      expect(world.simulator.state.instances()).toEqual(before);
    },
  );
});

/** Brings a rollback to where it has begun to write, one at a time, and is held. */
async function startRollback(world: World): Promise<RolloutHandle> {
  const rollout = await world.start({ ...ONE_STAGE, concurrency: FLEET });
  await rollout.result();
  holdChanges(world);
  const rollback = await world.rollouts.rollback([{ workflowId: rollout.workflowId }], { concurrency: 1 });
  await waitUntil('the rollback writes', () => world.updates().length > FLEET);
  return rollback;
}

describe.concurrent('a rollback that is reset', () => {
  it.for([
    { point: 'to its beginning', to: async () => 'FirstWorkflowTask' as const, type: 'ScopeBusy' },
    { point: 'to the task that started its batch', to: taskBeforeBatch, type: 'RolloutHalted' },
  ])(
    '$point ends as $type, keeps the scope until its batch has closed, and another one finishes the job',
    async ({ to, type }, { onTestFinished, expect }) => {
      const world = await createWorld({ onTestFinished, fleet: FLEET });
      const before = world.simulator.state.instances();
      const rollback = await startRollback(world);
      const batch = await runningBatch(world, rollback);
      await resetByCli(world, rollback, await to(world, rollback.workflowId));
      expect(await world.rollouts.handle(rollback.workflowId).result()).toMatchObject({ type });
      expect(await failedTasks(world, rollback.workflowId)).toEqual([]);
      expect(await isOpen(world, batch)).toBe(true);
      expect(await isOpen(world, leaseOf(world))).toBe(true);
      const [of = ''] = rollback.workflowId.split('/rollback/');
      const another = await world.rollouts.rollback([{ workflowId: of }], { wait: '1m', concurrency: FLEET });
      letGo(world);
      expect(await another.result()).toMatchObject({ status: 'completed', result: { exceptions: [] } });
      expect(await isOpen(world, batch)).toBe(false);
      expect(world.simulator.state.instances()).toEqual(before);
      for (const name of names(FLEET)) expect(world.updates(name), name).toHaveLength(2);
      expect(await isOpen(world, leaseOf(world))).toBe(false);
    },
  );

  it('after it has begun goes on with its batch to the end', async ({ onTestFinished, expect }) => {
    const world = await createWorld({ onTestFinished, fleet: FLEET });
    const before = world.simulator.state.instances();
    const rollback = await startRollback(world);
    await until(async () => expect(await childrenOf(world, rollback.workflowId, rollback.workflowId)).toHaveLength(1));
    await resetByCli(world, rollback, 'LastWorkflowTask');
    letGo(world);
    expect(await world.rollouts.handle(rollback.workflowId).result()).toMatchObject({
      status: 'completed',
      result: { counts: { restored: FLEET }, exceptions: [] },
    });
    expect(await failedTasks(world, rollback.workflowId)).toEqual([]);
    expect(world.simulator.state.instances()).toEqual(before);
    for (const name of names(FLEET)) expect(world.updates(name), name).toHaveLength(2);
    await waitUntil('the lease is free', async () => !(await isOpen(world, leaseOf(world))));
  });
});
