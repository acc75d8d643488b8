import { describe, expect, it } from 'vitest';
import { collectReport } from '../../src/client/index.js';
import type { RolloutSpecInput } from '../../src/rollout/spec.js';
import { heldChanges } from '../support/faults.js';
import { letGo } from '../support/held.js';
import { mostInChange } from '../support/in-change.js';
import { type EventId, failedTasks, isOpen, leaseOf, resetRun, runningBatch } from '../support/temporal-runs.js';
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
