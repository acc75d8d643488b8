import type { WorkflowHandle } from '@temporalio/client';
import { describe, it } from 'vitest';
import type { RolloutSpecInput } from '../../src/rollout/spec.js';
import { heldChanges } from '../support/faults.js';
import { letGo } from '../support/held.js';
import { isOpen, leaseOf } from '../support/temporal-runs.js';
import { waitForHold, waitForStatus } from '../support/wait.js';
import { createWorld } from '../support/world.js';

const ONE_STAGE: RolloutSpecInput['stages'] = [{ name: 'rest', size: 'rest' }];
const LONG_BAKE: RolloutSpecInput['stages'] = [
  { name: 'canary', size: 1, bake: '10m' },
  { name: 'rest', size: 'rest' },
];
const HELD = { faults: heldChanges() };

function hopLimit(name: string, regions: string[], limit: number): Partial<RolloutSpecInput> {
  return { name, options: { httpPutResponseHopLimit: limit }, targets: { regions }, stages: ONE_STAGE };
}

describe.concurrent('a lease that is ended from outside while its rollout runs', () => {
  const ENDS: readonly [string, (lease: WorkflowHandle, run: string) => Promise<unknown>][] = [
    ['terminated', (lease) => lease.terminate('by hand')],
    ['deleted', (lease) => deleteWorkflow(lease)],
    ['released by hand', (lease, run) => lease.signal('release', { run })],
    ['cancelled', (lease) => lease.cancel()],
  ];

  it.concurrent.for(ENDS)(
    '(%s, in a bake) is taken again, and the log says so',
    async ([, end], { onTestFinished, expect }) => {
      const world = await createWorld({ onTestFinished, fleet: 3 });
      const rollout = await world.start({ name: `first-${world.account}`, stages: LONG_BAKE });
      await waitForHold(rollout, 'bake');
      const { runId } = await world.client.workflow.getHandle(rollout.workflowId).describe();
      await end(world.client.workflow.getHandle(leaseOf(world)), runId);
      const status = await waitForStatus(rollout, ({ log }) =>
        log.some(({ event }) => event.endsWith('is held again')),
      );
      expect(status.log.map(({ event }) => event)).toContain(
        `the lease of us-east-1 (${world.account}) was ended from outside`,
      );
      expect(await isOpen(world, leaseOf(world))).toBe(true);
      const other = await world.start(hopLimit(`second-${world.account}`, ['us-east-1'], 3));
      expect(await other.result()).toMatchObject({ type: 'ScopeBusy' });
      await rollout.skipBake();
      expect(await rollout.result()).toMatchObject({ status: 'completed', result: { counts: { changed: 3 } } });
      expect(await isOpen(world, leaseOf(world))).toBe(false);
    },
  );

  it.concurrent('(in the middle of a batch) is taken again, and the batch goes on', async ({
    onTestFinished,
    expect,
  }) => {
    const world = await createWorld({ onTestFinished, fleet: 3, scenario: HELD });
    const rollout = await world.start({ name: `first-${world.account}`, stages: ONE_STAGE });
    await waitForStatus(rollout, ({ counts }) => counts.inFlight > 0);
    await world.client.workflow.getHandle(leaseOf(world)).terminate('by hand');
    await waitForStatus(rollout, ({ log }) => log.some(({ event }) => event.endsWith('is held again')));
    letGo(world);
    expect(await rollout.result()).toMatchObject({ status: 'completed', result: { counts: { changed: 3 } } });
    expect(await isOpen(world, leaseOf(world))).toBe(false);
  });

  it.concurrent('(and taken by another) holds the rollout, which names the other and goes on after it', async ({
    onTestFinished,
    expect,
  }) => {
    const world = await createWorld({ onTestFinished, fleet: 3 });
    const rollout = await world.start({ name: `first-${world.account}`, stages: LONG_BAKE });
    await waitForHold(rollout, 'bake');
    const { firstExecutionRunId: runId, workflowId } = await world.client.workflow.start('imdsScopeLease', {
      workflowId: leaseOf(world),
      taskQueue: world.taskQueue,
      args: [{ workflowId: leaseOf(world), runId: 'another', chain: '' }],
      workflowIdConflictPolicy: 'TERMINATE_EXISTING',
    });
    await waitForStatus(rollout, ({ log }) => log.some(({ event }) => event.endsWith('was ended from outside')));
    await rollout.skipBake();
    const status = await waitForHold(rollout, 'lease');
    expect(status.waiting?.reason).toContain(`is held by rollout ${workflowId}`);
    expect(world.updates()).toHaveLength(1);
    await world.client.workflow.getHandle(workflowId, runId).signal('release', { run: 'another' });
    expect(await rollout.result()).toMatchObject({ status: 'completed', result: { counts: { changed: 3 } } });
    expect(await isOpen(world, leaseOf(world))).toBe(false);
  });

  it.concurrent('(and taken by another) holds up no abort', async ({ onTestFinished, expect }) => {
    const world = await createWorld({ onTestFinished, fleet: 3 });
    const rollout = await world.start({ name: `first-${world.account}`, stages: LONG_BAKE });
    await waitForHold(rollout, 'bake');
    const other = await world.client.workflow.start('imdsScopeLease', {
      workflowId: leaseOf(world),
      taskQueue: world.taskQueue,
      args: [{ workflowId: leaseOf(world), runId: 'another', chain: '' }],
      workflowIdConflictPolicy: 'TERMINATE_EXISTING',
    });
    await rollout.abort({ mode: 'rollback' });
    expect(await rollout.result()).toMatchObject({ type: 'RolloutRolledBack' });
    expect(await isOpen(world, leaseOf(world))).toBe(true);
    await other.signal('release', { run: 'another' });
  });
});

/** Deleted, nothing says any more that there was one. */
function deleteWorkflow({ client, workflowId }: WorkflowHandle): Promise<unknown> {
  const { namespace } = client.options;
  return client.workflowService.deleteWorkflowExecution({ namespace, workflowExecution: { workflowId } });
}
