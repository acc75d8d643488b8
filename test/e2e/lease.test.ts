import type { WorkflowHandle } from '@temporalio/client';
import { describe, expect, it } from 'vitest';
import { collectReport } from '../../src/client/index.js';
import { type PackedBatchResult, unpackBatchResult } from '../../src/rollout/pack-batch.js';
import type { RolloutSpecInput } from '../../src/rollout/spec.js';
import { denied, heldChanges } from '../support/faults.js';
import { letGo } from '../support/held.js';
import { mostInChange } from '../support/in-change.js';
import {
  type EventId,
  failedTasks,
  isOpen,
  leaseOf,
  resetRun,
  runningBatch,
  untilTold,
} from '../support/temporal-runs.js';
import { waitForHold, waitForStatus, waitUntil } from '../support/wait.js';
import { createWorld, type World } from '../support/world.js';

const ONE_STAGE: RolloutSpecInput['stages'] = [{ name: 'rest', size: 'rest' }];
const LONG_BAKE: RolloutSpecInput['stages'] = [
  { name: 'canary', size: 1, bake: '10m' },
  { name: 'rest', size: 'rest' },
];
const HELD = { faults: heldChanges() };

function hopLimit(name: string, regions: string[], limit: number): Partial<RolloutSpecInput> {
  return { name, options: { httpPutResponseHopLimit: limit }, targets: { regions }, stages: ONE_STAGE };
}

describe.concurrent('two rollouts', () => {
  it.concurrent('over one region at the same moment: one runs, the other names it and touches nothing', async ({
    onTestFinished,
  }) => {
    const world = await createWorld({ onTestFinished, fleet: 6, scenario: HELD });
    const names = [`a-${world.account}`, `b-${world.account}`];
    const rollouts = await Promise.all(names.map((name, n) => world.start(hopLimit(name, ['us-east-1'], 2 + n))));
    const results = rollouts.map((rollout) => rollout.result());
    // The one that runs can't end yet.
    await Promise.race(results);
    letGo(world);
    const outcomes = await Promise.all(results);
    const winner = outcomes.findIndex(({ status }) => status === 'completed');
    const loser = outcomes[1 - winner];
    expect(loser).toMatchObject({
      status: 'failed',
      type: 'ScopeBusy',
      message: expect.stringContaining(
        `us-east-1 of account ${world.account} is held by rollout imds-rollout-${names[winner]}`,
      ),
    });
    expect(world.updates()).toHaveLength(6);
    expect(
      world.simulator.state.instances().map(({ metadataOptions }) => metadataOptions?.httpPutResponseHopLimit),
    ).toEqual(Array.from({ length: 6 }, () => 2 + winner));
    expect(await isOpen(world, leaseOf(world))).toBe(false);
  });

  it.concurrent('over regions of their own run side by side', async ({ onTestFinished }) => {
    const regions = ['us-east-1', 'eu-west-1'];
    const world = await createWorld({ onTestFinished, fleet: 2, regions });
    const rollouts = await Promise.all(
      regions.map((region) =>
        world.start({ name: `${region}-${world.account}`, targets: { regions: [region] }, stages: LONG_BAKE }),
      ),
    );
    await Promise.all(rollouts.map((rollout) => waitForHold(rollout, 'bake')));
    await Promise.all(rollouts.map((rollout) => rollout.abort()));
    await Promise.all(rollouts.map((rollout) => rollout.result()));
  });

  it.concurrent('over overlapping regions never write at once and never wait for each other in a ring', async ({
    onTestFinished,
  }) => {
    const regions = ['ap-south-1', 'eu-west-1', 'us-east-1'];
    const world = await createWorld({ onTestFinished, fleet: 1, regions });
    const [a = '', b = '', c = ''] = regions;
    for (let round = 0; round < 4; round += 1) {
      const pair = await Promise.all([
        world.start({ ...hopLimit(`left-${world.account}`, [a, b], 2 + 2 * round), busy: { wait: '30s' } }),
        world.start({ ...hopLimit(`right-${world.account}`, [c, b], 3 + 2 * round), busy: { wait: '30s' } }),
      ]);
      const outcomes = await Promise.all(pair.map((rollout) => rollout.result()));
      for (const outcome of outcomes)
        expect(outcome).toMatchObject({ status: 'completed', result: { counts: { changed: 2 } } });
    }
    expect(mostInChange(world.simulator.state.calls(), ({ region }) => region === b)).toBe(1);
    expect(world.updates()).toHaveLength(16);
  });
});

describe.concurrent('busy.wait', () => {
  it.concurrent('waits for the other rollout, says so, and then runs', async ({ onTestFinished }) => {
    const world = await createWorld({ onTestFinished, fleet: 3 });
    const first = await world.start({ name: `first-${world.account}`, stages: LONG_BAKE });
    await waitForHold(first, 'bake');
    const second = await world.start({
      ...hopLimit(`second-${world.account}`, ['us-east-1'], 3),
      busy: { wait: '1m' },
    });
    const status = await waitForHold(second, 'lease');
    expect(status).toMatchObject({ phase: 'waiting', waiting: { reason: expect.stringContaining(first.workflowId) } });
    expect(Date.parse(status.waiting?.until ?? '') - Date.parse(status.waiting?.since ?? '')).toBe(60_000);
    await first.abort();
    await first.result();
    expect(await second.result()).toMatchObject({ status: 'completed', result: { counts: { changed: 3 } } });
  });

  it.concurrent('gives up when it is over', async ({ onTestFinished }) => {
    const world = await createWorld({ onTestFinished, fleet: 3 });
    const first = await world.start({ name: `first-${world.account}`, stages: LONG_BAKE });
    await waitForHold(first, 'bake');
    const second = await world.start({
      ...hopLimit(`second-${world.account}`, ['us-east-1'], 3),
      busy: { wait: '700ms' },
    });
    expect(await second.result()).toMatchObject({
      type: 'ScopeBusy',
      message: expect.stringContaining(first.workflowId),
    });
    await first.abort();
    await first.result();
  });

  it.concurrent('ends with an abort', async ({ onTestFinished }) => {
    const world = await createWorld({ onTestFinished, fleet: 3 });
    const first = await world.start({ name: `first-${world.account}`, stages: LONG_BAKE });
    await waitForHold(first, 'bake');
    const second = await world.start({
      ...hopLimit(`second-${world.account}`, ['us-east-1'], 3),
      busy: { wait: '1h' },
    });
    await waitForHold(second, 'lease');
    await second.abort({ by: 'ops' });
    expect(await second.result()).toMatchObject({ type: 'RolloutAborted' });
    expect(world.updates()).toHaveLength(1);
    await first.abort();
    await first.result();
  });
});

describe.concurrent('a lease that is ended from outside while its rollout runs', () => {
  const ENDS: readonly [string, (lease: WorkflowHandle) => Promise<unknown>][] = [
    ['terminated', (lease) => lease.terminate('by hand')],
    ['deleted', (lease) => deleteWorkflow(lease)],
    ['released by hand', (lease) => lease.signal('release')],
    ['cancelled', (lease) => lease.cancel()],
  ];

  it.concurrent.for(ENDS)(
    '(%s, in a bake) is taken again, and the log says so',
    async ([, end], { onTestFinished, expect }) => {
      const world = await createWorld({ onTestFinished, fleet: 3 });
      const rollout = await world.start({ name: `first-${world.account}`, stages: LONG_BAKE });
      await waitForHold(rollout, 'bake');
      await end(world.client.workflow.getHandle(leaseOf(world)));
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
      args: [{ workflowId: leaseOf(world), runId: '', chain: '' }],
      workflowIdConflictPolicy: 'TERMINATE_EXISTING',
    });
    await waitForStatus(rollout, ({ log }) => log.some(({ event }) => event.endsWith('was ended from outside')));
    await rollout.skipBake();
    const status = await waitForHold(rollout, 'lease');
    expect(status.waiting?.reason).toContain(`is held by rollout ${workflowId}`);
    expect(world.updates()).toHaveLength(1);
    await world.client.workflow.getHandle(workflowId, runId).signal('release');
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
      args: [{ workflowId: leaseOf(world), runId: '', chain: '' }],
      workflowIdConflictPolicy: 'TERMINATE_EXISTING',
    });
    await rollout.abort({ mode: 'rollback' });
    expect(await rollout.result()).toMatchObject({ type: 'RolloutRolledBack' });
    expect(await isOpen(world, leaseOf(world))).toBe(true);
    await other.signal('release');
  });
});

/** Deleted, nothing says any more that there was one. */
function deleteWorkflow({ client, workflowId }: WorkflowHandle): Promise<unknown> {
  const { namespace } = client.options;
  return client.workflowService.deleteWorkflowExecution({ namespace, workflowExecution: { workflowId } });
}

it.concurrent('plans anew after a wait, since what the other rollout took back is in no plan made before', async ({
  onTestFinished,
}) => {
  const world = await createWorld({ onTestFinished, fleet: 3 });
  const first = await world.start({ name: `first-${world.account}`, stages: LONG_BAKE });
  await waitForHold(first, 'bake');
  const second = await world.start({ name: `second-${world.account}`, stages: ONE_STAGE, busy: { wait: '1m' } });
  expect(await waitForHold(second, 'lease')).toMatchObject({ counts: { compliant: 1, total: 3 } });
  await first.abort({ mode: 'rollback' });
  await first.result();
  expect(await second.result()).toMatchObject({ status: 'completed', result: { counts: { changed: 3, total: 3 } } });
});

describe.concurrent('the lease', () => {
  it.concurrent('stays while the batch of a terminated rollout drains, and is then free', async ({
    onTestFinished,
  }) => {
    const world = await createWorld({ onTestFinished, fleet: 20, scenario: HELD });
    const first = await world.start({ name: `first-${world.account}`, stages: ONE_STAGE, concurrency: 3 });
    await waitUntil('a change has begun', () => world.updates().length === 3);
    const batch = await runningBatch(world, first);
    await world.client.workflow.getHandle(first.workflowId).terminate('test');

    const refused = await world.start(hopLimit(`refused-${world.account}`, ['us-east-1'], 3));
    expect(await refused.result()).toMatchObject({
      type: 'ScopeBusy',
      message: expect.stringContaining(
        `rollout ${first.workflowId} has ended, but its batch ${batch} finishes what it began`,
      ),
    });
    const waiting = await world.start({
      ...hopLimit(`second-${world.account}`, ['us-east-1'], 3),
      busy: { wait: '1m' },
    });
    await waitForHold(waiting, 'lease');
    await untilTold(world, batch);
    letGo(world);

    const drained: PackedBatchResult = await world.client.workflow.getHandle(batch).result();
    const begun = world
      .updates()
      .filter(({ input }) => JSON.stringify(input).includes('required'))
      .map(({ instanceName }) => instanceName);
    const { results } = unpackBatchResult(drained);
    expect(results.map((result) => result?.outcome).filter((outcome) => outcome?.kind === 'changed')).toHaveLength(3);
    expect(results).toContainEqual({ outcome: { kind: 'skipped', reason: 'not-started' }, wrote: false });
    expect(results).toHaveLength(20);
    expect(begun).toHaveLength(3);

    expect(await waiting.result()).toMatchObject({ status: 'completed', result: { counts: { changed: 20 } } });
    // Nothing new of the first was begun, and no target was written to by both at once.
    const tokens = world.updates().filter(({ input }) => JSON.stringify(input).includes('required'));
    expect(new Set(tokens.map(({ instanceName }) => instanceName)).size).toBe(begun.length);
    for (const name of begun)
      expect(world.instance(name ?? '').metadataOptions).toMatchObject({
        httpTokens: 'required',
        httpPutResponseHopLimit: 3,
      });
  });

  it.concurrent('is free after every kind of end, and for a rollout that starts right then', async ({
    onTestFinished,
  }) => {
    const world = await createWorld({ onTestFinished, fleet: 3, scenario: { faults: denied('web-3') } });
    const endings = [
      { spec: { options: { httpPutResponseHopLimit: 2 }, failure: { max: 1 } }, type: 'completed' },
      { spec: { options: { httpPutResponseHopLimit: 3 } }, type: 'RolloutRolledBack' },
      {
        spec: { options: { httpPutResponseHopLimit: 4 }, failure: { revert: 'none' as const } },
        type: 'RolloutHalted',
      },
    ];
    for (const { spec, type } of endings) {
      const rollout = await world.start({ ...spec, stages: ONE_STAGE });
      const outcome = await rollout.result();
      expect(outcome.status === 'completed' ? 'completed' : outcome.type).toBe(type);
      expect(await isOpen(world, leaseOf(world))).toBe(false);
    }
  });

  it.concurrent('that is ended by hand does not stop the rollout that held it', async ({ onTestFinished }) => {
    const world = await createWorld({ onTestFinished, fleet: 3 });
    const rollout = await world.start({
      stages: [
        { name: 'canary', size: 1, bake: '10m' },
        { name: 'rest', size: 'rest' },
      ],
    });
    await waitForHold(rollout, 'bake');
    await world.client.workflow.getHandle(leaseOf(world)).terminate('by hand');
    await rollout.abort();
    expect(await rollout.result()).toMatchObject({ type: 'RolloutAborted' });
    expect(await failedTasks(world, rollout.workflowId)).toEqual([]);
  });
});

describe.concurrent('a run that is reset', () => {
  async function startAndReset(
    world: World,
    pick: (completed: readonly EventId[], batchInitiated: number) => EventId | undefined,
  ) {
    const rollout = await world.start({ name: `reset-${world.account}`, stages: ONE_STAGE, concurrency: 2 });
    await waitUntil('a change has begun', () => world.updates().length === 2);
    const batch = await runningBatch(world, rollout);
    const { events } = await world.client.workflow.getHandle(rollout.workflowId).fetchHistory();
    const initiated = events?.find(
      (event) => event.startChildWorkflowExecutionInitiatedEventAttributes?.workflowId === batch,
    );
    await resetRun(world, rollout, (completed) => pick(completed, Number(initiated?.eventId)));
    const outcome = await world.rollouts.handle(rollout.workflowId).result();
    letGo(world);
    expect(await failedTasks(world, rollout.workflowId)).toEqual([]);
    await waitUntil('the old batch has drained', async () => !(await isOpen(world, batch)));
    return { rollout, batch, outcome };
  }

  it.concurrent('to before its lease ends as ScopeBusy', async ({ onTestFinished }) => {
    const world = await createWorld({ onTestFinished, fleet: 12, scenario: HELD });
    const { rollout, outcome } = await startAndReset(world, (completed) => completed[0]);
    expect(outcome).toMatchObject({
      type: 'ScopeBusy',
      message: expect.stringContaining('a reset run of this same rollout'),
    });
    // The second plan has seen the values that the first run had just written.
    const report = await collectReport(world.client, { workflowId: rollout.workflowId });
    expect(report.instances.map(({ before }) => before?.httpTokens)).toEqual(Array(12).fill('optional'));
    const next = await world.start({
      name: `next-${world.account}`,
      stages: ONE_STAGE,
      busy: { wait: '1m' },
      concurrency: 12,
    });
    expect(await next.result()).toMatchObject({ status: 'completed' });
  });

  it.concurrent('while its batch runs ends as RolloutHalted, and the batch goes on alone', async ({
    onTestFinished,
  }) => {
    const world = await createWorld({ onTestFinished, fleet: 8, scenario: HELD });
    // The task that starts the batch is done once more.
    const { outcome, batch } = await startAndReset(world, (completed, initiated) =>
      completed.filter((id) => Number(id) < initiated).at(-1),
    );
    expect(outcome).toMatchObject({
      type: 'RolloutHalted',
      message: expect.stringContaining('the run was reset while its batch rest/1 was open'),
      result: { ended: 'halted' },
    });
    // Kept until somebody has seen that the batch has closed: there is no moment for a second writer.
    expect(await isOpen(world, leaseOf(world))).toBe(true);
    expect(await isOpen(world, batch)).toBe(false);
    const next = await world.start({
      name: `next-${world.account}`,
      stages: ONE_STAGE,
      busy: { wait: '1m' },
      concurrency: 12,
    });
    expect(await next.result()).toMatchObject({ status: 'completed' });
    expect(world.updates()).toHaveLength(8);
  });

  it.concurrent('after its batch was started goes on with it, pauses included', async ({ onTestFinished }) => {
    const world = await createWorld({ onTestFinished, fleet: 8, scenario: HELD });
    const rollout = await world.start({ name: `reset-${world.account}`, stages: ONE_STAGE, concurrency: 2 });
    await waitUntil('a change has begun', () => world.updates().length === 2);
    await resetRun(world, rollout, (completed) => completed.at(-1));
    const again = world.rollouts.handle(rollout.workflowId);
    await again.pause();
    letGo(world);
    await waitForStatus(again, ({ counts }) => counts.inFlight === 0 && counts.changed === 2);
    expect(world.updates()).toHaveLength(2);
    await again.resume();
    expect(await again.result()).toMatchObject({ status: 'completed', result: { counts: { changed: 8 } } });
    expect(world.updates()).toHaveLength(8);
    await waitUntil('the lease is free', async () => !(await isOpen(world, leaseOf(world))));
  });
});
