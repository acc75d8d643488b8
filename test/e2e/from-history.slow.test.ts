import { describe, it } from 'vitest';
import type { RolloutHandle } from '../../src/client/index.js';
import type { RolloutSpecInput } from '../../src/rollout/spec.js';
import { denied } from '../support/faults.js';
import { holdChanges, letGo } from '../support/held.js';
import { each, names, ONE_STAGE, tokensOf } from '../support/rollouts.js';
import { failedTasks, runningBatch, untilTold } from '../support/temporal-runs.js';
import { until, waitForHold, waitUntil } from '../support/wait.js';
import { createWorld, type World, type WorldOptions } from '../support/world.js';

/** Each workflow task replays its run from the start: whatever isn't the same every time fails it. */
const FORGETFUL: Pick<WorldOptions, 'workerOptions'> = { workerOptions: { maxCachedWorkflows: 0 } };

const STAGES: Partial<RolloutSpecInput> = {
  spread: [],
  stages: [
    { name: 'canary', size: 2, bake: '10m' },
    { name: 'early', size: 2, approval: {} },
    { name: 'rest', size: 'rest' },
  ],
  failure: { max: 1, revert: 'failed' },
  concurrency: 2,
};

/** Workflow tasks that have failed, of these and of all their children so far. */
async function failures(world: World, ...runs: readonly RolloutHandle[]): Promise<string[]> {
  const executions = world.client.workflow.list({ query: `TaskQueue = '${world.taskQueue}'` });
  const ids = new Set(runs.map(({ workflowId }) => workflowId));
  for await (const { workflowId } of executions) ids.add(workflowId);
  return (await Promise.all([...ids].map((id) => failedTasks(world, id)))).flat();
}

describe.concurrent('a worker that keeps no workflow in memory', () => {
  it('runs a rollout with a message of every kind, and a rollback of it, from history alone', async ({
    onTestFinished,
    expect,
  }) => {
    const world = await createWorld({ onTestFinished, fleet: 6, ...FORGETFUL });
    const before = world.simulator.state.instances();
    const rollout = await world.start(STAGES);
    await waitForHold(rollout, 'bake');
    await rollout.pause({ by: 'ann' });
    await rollout.revert({ names: ['web-1'], by: 'ann', reason: 'a look' });
    await until(() => expect(tokensOf(world)['web-1']).toBe('optional'));
    await rollout.skipBake({ by: 'ann' });
    await rollout.resume({ by: 'ann' });
    const { planHash = '' } = await waitForHold(rollout, 'approval');
    await rollout.approve({ by: 'ann', stage: 'early', planHash });
    expect(await rollout.result()).toMatchObject({
      status: 'completed',
      result: { counts: { changed: 5, restored: 1, total: 6 } },
    });
    expect(tokensOf(world)).toEqual({ ...each(names(6), 'required'), 'web-1': 'optional' });
    const rollback = await world.rollouts.rollback([{ workflowId: rollout.workflowId }]);
    expect(await rollback.result()).toMatchObject({ status: 'completed', result: { counts: { restored: 5 } } });
    expect(world.simulator.state.instances()).toEqual(before);
    expect(await failures(world, rollout, rollback)).toEqual([]);
  });

  it('takes a rollout back that has failed', async ({ onTestFinished, expect }) => {
    const world = await createWorld({ onTestFinished, fleet: 4, ...FORGETFUL, scenario: { faults: denied('web-4') } });
    const before = world.simulator.state.instances();
    const stages = [
      { name: 'early', size: 3 },
      { name: 'rest', size: 'rest' },
    ];
    const rollout = await world.start({ spread: [], stages, concurrency: 2 });
    expect(await rollout.result()).toMatchObject({
      type: 'RolloutRolledBack',
      result: { counts: { restored: 3, failed: 1 } },
    });
    expect(world.simulator.state.instances()).toEqual(before);
    expect(await failures(world, rollout)).toEqual([]);
  });

  it('ends a rollout that is rejected, and takes it back: in part, then from an undo file', async ({
    onTestFinished,
    expect,
  }) => {
    const world = await createWorld({ onTestFinished, fleet: 3, ...FORGETFUL });
    const before = world.simulator.state.instances();
    const rollout = await world.start(STAGES);
    await waitForHold(rollout, 'bake');
    await rollout.skipBake();
    await waitForHold(rollout, 'approval');
    await rollout.reject({ by: 'ann', reason: 'not today' });
    expect(await rollout.result()).toMatchObject({ type: 'RolloutHalted', result: { counts: { changed: 2 } } });
    const undo = await world.rollouts.undoFile({ workflowId: rollout.workflowId });
    holdChanges(world);
    const part = await world.rollouts.rollback([{ workflowId: rollout.workflowId }], { concurrency: 1 });
    await waitUntil('one is on its way back', () => world.updates().length === 3);
    await part.abort({ by: 'ann' });
    await untilTold(world, await runningBatch(world, part));
    letGo(world);
    expect(await part.result()).toMatchObject({ type: 'RolloutAborted', result: { counts: { restored: 1 } } });
    const whole = await world.rollouts.rollbackFrom(undo, { taskQueue: world.taskQueue });
    expect(await whole.result()).toMatchObject({ status: 'completed' });
    expect(world.simulator.state.instances()).toEqual(before);
    expect(await failures(world, rollout, part, whole)).toEqual([]);
  });

  it('ends a rollout that is aborted while a batch is paused', async ({ onTestFinished, expect }) => {
    const world = await createWorld({ onTestFinished, fleet: 3, ...FORGETFUL });
    const before = world.simulator.state.instances();
    holdChanges(world);
    const rollout = await world.start({ ...ONE_STAGE, concurrency: 1 });
    await waitUntil('a change has begun', () => world.updates().length === 1);
    await rollout.pause();
    await rollout.abort({ mode: 'rollback', by: 'ann' });
    letGo(world);
    expect(await rollout.result()).toMatchObject({ type: 'RolloutRolledBack', result: { counts: { restored: 1 } } });
    expect(world.simulator.state.instances()).toEqual(before);
    expect(await failures(world, rollout)).toEqual([]);
  });
});
