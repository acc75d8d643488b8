import { WorkflowFailedError } from '@temporalio/client';
import { describe, it } from 'vitest';
import { holdChanges, letGo } from '../support/held.js';
import { ONE_STAGE } from '../support/rollouts.js';
import { failedTasks } from '../support/temporal-runs.js';
import { until, waitForHold } from '../support/wait.js';
import { createWorld, type World } from '../support/world.js';

const LONG_BAKE = { stages: [{ name: 'all', size: 'rest', bake: '10m' }] };

/** What a rollback that any client starts ends with. */
async function failureOf(world: World, workflowId: string, args: unknown[]): Promise<unknown> {
  const handle = await world.client.workflow.start('imdsRollback', { workflowId, taskQueue: world.taskQueue, args });
  const error = await handle.result().then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return error instanceof WorkflowFailedError ? error.cause : error;
}

describe.concurrent('a rollback started as raw JSON by any client', () => {
  const NAMED = { rollouts: [{ workflowId: 'imds-rollout-x' }] };
  const CASES: { what: string; args: unknown[]; says: string }[] = [
    { what: 'no argument', args: [], says: 'is missing' },
    { what: 'null', args: [null], says: 'must be' },
    { what: 'a text', args: ['imds-rollout-x'], says: 'must be' },
    { what: 'an empty object', args: [{}], says: 'must name rollouts' },
    { what: 'no rollouts', args: [{ rollouts: [] }], says: 'must name rollouts' },
    {
      what: 'an unknown field',
      args: [{ ...NAMED, onyl: ['web-1'] }],
      says: 'unknown field "onyl", did you mean "only"',
    },
    { what: 'concurrency 0', args: [{ ...NAMED, concurrency: 0 }], says: 'concurrency' },
    { what: 'a bad duration', args: [{ ...NAMED, wait: 'long' }], says: 'wait' },
  ];

  it('ends at once as InvalidRollback where the input is none, and says where and why', async ({
    onTestFinished,
    expect,
  }) => {
    const world = await createWorld({ onTestFinished, fleet: 1 });
    for (const [n, { what, args, says }] of CASES.entries()) {
      const workflowId = `raw-rollback-${world.account}-${n}`;
      expect(await failureOf(world, workflowId, args), what).toMatchObject({
        type: 'InvalidRollback',
        message: expect.stringContaining(says),
      });
      expect(await failedTasks(world, workflowId), what).toEqual([]);
    }
    expect(world.simulator.state.calls()).toEqual([]);
  });

  it('is refused for what is open, unknown, or no rollout', async ({ onTestFinished, expect }) => {
    const world = await createWorld({ onTestFinished, fleet: 2 });
    const rollout = await world.start(LONG_BAKE);
    await waitForHold(rollout, 'bake');
    const of = (workflowId: string, n: number) =>
      failureOf(world, `raw-${world.account}-${n}`, [{ rollouts: [{ workflowId }] }]);
    expect(await of(rollout.workflowId, 1)).toMatchObject({
      type: 'RolloutOpen',
      message: expect.stringContaining('abort it with mode rollback'),
    });
    await rollout.abort();
    await rollout.result();
    const rollback = await world.rollouts.rollback([{ workflowId: rollout.workflowId }]);
    await rollback.result();
    expect(await of(rollback.workflowId, 2)).toMatchObject({ type: 'NothingToRollBack' });
    expect(await of(`imds-rollout-lease:${world.account}:us-east-1`, 3)).toMatchObject({ type: 'NothingToRollBack' });
    expect(await of('imds-rollout-nowhere', 4)).toMatchObject({ type: 'HistoryGone' });
    const only = [{ rollouts: [{ workflowId: rollout.workflowId }], only: ['web-9'] }];
    expect(await failureOf(world, `raw-${world.account}-5`, only)).toMatchObject({
      type: 'InvalidRollback',
      message: expect.stringContaining('"web-9" has not been changed'),
    });
    expect(world.updates()).toHaveLength(4);
  });
});

describe.concurrent('a rollback and a rollout of the same scope', () => {
  it('never write at once: the second one names the first, or waits for it', async ({ onTestFinished, expect }) => {
    const world = await createWorld({ onTestFinished, fleet: 3 });
    const before = world.simulator.state.instances();
    const first = await world.start({ ...ONE_STAGE, name: `first-${world.account}` });
    await first.result();
    const second = await world.start({
      ...LONG_BAKE,
      name: `second-${world.account}`,
      options: { httpPutResponseHopLimit: 2 },
    });
    await waitForHold(second, 'bake');
    const refused = await world.rollouts.rollback([{ workflowId: first.workflowId }]);
    expect(await refused.result()).toMatchObject({
      type: 'ScopeBusy',
      message: expect.stringContaining(second.workflowId),
    });
    const waiting = await world.rollouts.rollback([{ workflowId: first.workflowId }], { wait: '2m' });
    await waitForHold(waiting, 'lease');
    await second.abort({ mode: 'rollback' });
    await second.result();
    expect(await waiting.result()).toMatchObject({ status: 'completed', result: { counts: { restored: 3 } } });
    expect(world.simulator.state.instances()).toEqual(before);
  });

  it('leave each other alone where the rollback came first', async ({ onTestFinished, expect }) => {
    const world = await createWorld({ onTestFinished, fleet: 4 });
    const first = await world.start({ ...ONE_STAGE, name: `first-${world.account}` });
    await first.result();
    holdChanges(world);
    const rollback = await world.rollouts.rollback([{ workflowId: first.workflowId }], { concurrency: 1 });
    await until(() => expect(world.updates().length).toBeGreaterThan(4));
    const second = await world.start({ ...ONE_STAGE, name: `second-${world.account}` });
    expect(await second.result()).toMatchObject({
      type: 'ScopeBusy',
      message: expect.stringContaining(rollback.workflowId),
    });
    letGo(world);
    expect(await rollback.result()).toMatchObject({ status: 'completed' });
  });
});
