import { ApplicationFailure } from '@temporalio/common';
import { describe, it } from 'vitest';
import type { RolloutHandle } from '../../src/client/index.js';
import { TARGET_FAILED } from '../../src/rollout/outcome.js';
import { heldChanges } from '../support/faults.js';
import { holdChanges, letGo } from '../support/held.js';
import { each, names, ONE_STAGE, tokensOf } from '../support/rollouts.js';
import { childrenOf } from '../support/temporal-runs.js';
import { until, waitForHold } from '../support/wait.js';
import { createWorld, type World } from '../support/world.js';

const FLEET = 3;

type Act = (world: World, batch: string, activityId: string) => Promise<unknown>;

const execution = (world: World, batch: string, id: string) => ({
  namespace: world.client.options.namespace,
  execution: { workflowId: batch },
  id,
  identity: 'admin',
});

const reset: Act = (world, batch, id) => world.client.workflowService.resetActivity(execution(world, batch, id));
const pause: Act = (world, batch, id) => world.client.workflowService.pauseActivity(execution(world, batch, id));
const unpause: Act = (world, batch, id) => world.client.workflowService.unpauseActivity(execution(world, batch, id));

/** Does something to every activity of the batch that runs now. @returns how many there were */
async function toEach(world: World, batch: string, act: Act): Promise<number> {
  const { raw } = await world.client.workflow.getHandle(batch).describe();
  const ids = (raw.pendingActivities ?? []).flatMap(({ activityId }) => activityId ?? []);
  for (const id of ids) await act(world, batch, id);
  return ids.length;
}

async function openBatch(world: World, rollout: RolloutHandle): Promise<string> {
  return until(async () => {
    const [batch] = await childrenOf(world, rollout.workflowId, `${rollout.workflowId}/`);
    if (batch === undefined) throw new Error('no batch is open yet');
    return batch;
  });
}

/** Nobody knows any more what it has written. */
const forget: Act = (world, batch, id) =>
  world.client.workflowService.resetActivity({ ...execution(world, batch, id), resetHeartbeat: true });

const ACTS = [
  { act: 'reset', once: [reset] },
  { act: 'reset with its heartbeats', once: [forget] },
  { act: 'paused and unpaused', once: [pause, unpause] },
  { act: 'reset while it is paused', once: [pause, reset, unpause] },
] as const;

describe.concurrent('an activity that an administrator has', () => {
  it.for(ACTS)('$act while it changes an instance writes once', async ({ once }, { onTestFinished, expect }) => {
    const world = await createWorld({ onTestFinished, fleet: FLEET, scenario: { faults: heldChanges() } });
    const rollout = await world.start(ONE_STAGE);
    await until(() => expect(world.updates()).toHaveLength(FLEET));
    const batch = await openBatch(world, rollout);
    for (const act of once) expect(await toEach(world, batch, act)).toBe(FLEET);
    letGo(world);
    expect(await rollout.result()).toMatchObject({ status: 'completed', result: { counts: { changed: FLEET } } });
    expect(world.updates()).toHaveLength(FLEET);
    expect(tokensOf(world)).toEqual(each(names(FLEET), 'required'));
  });

  it.for(ACTS)('$act while it restores an instance writes once', async ({ once }, { onTestFinished, expect }) => {
    const world = await createWorld({ onTestFinished, fleet: FLEET });
    const before = world.simulator.state.instances();
    const rollout = await world.start({ stages: [{ name: 'all', size: 'rest', bake: '10m' }] });
    await waitForHold(rollout, 'bake');
    holdChanges(world);
    await rollout.abort({ mode: 'rollback' });
    await until(() => expect(world.updates()).toHaveLength(2 * FLEET));
    const batch = await openBatch(world, rollout);
    for (const act of once) expect(await toEach(world, batch, act)).toBe(FLEET);
    letGo(world);
    expect(await rollout.result()).toMatchObject({
      type: 'RolloutRolledBack',
      result: { counts: { restored: FLEET } },
    });
    expect(world.updates()).toHaveLength(2 * FLEET);
    expect(world.simulator.state.instances()).toEqual(before);
  });
});

describe.concurrent('an activity that an administrator ends by hand', () => {
  const BY_HAND: readonly { readonly how: string; readonly act: Act; readonly says: object }[] = [
    {
      how: 'completed without an answer',
      act: ({ client }, workflowId, activityId) => client.activity.complete({ workflowId, activityId }, null),
      says: { outcome: 'failed(unexpected), restored' },
    },
    {
      how: 'completed with an answer that says nothing of its target',
      act: ({ client }, workflowId, activityId) => client.activity.complete({ workflowId, activityId }, {}),
      says: { outcome: 'failed(unexpected), restored' },
    },
    {
      how: 'failed for good, with a failure of another kind',
      act: ({ client }, workflowId, activityId) =>
        client.activity.fail({ workflowId, activityId }, ApplicationFailure.nonRetryable('by hand')),
      says: { outcome: 'failed(unexpected), restored', reason: 'by hand' },
    },
    {
      how: 'failed for good, with a failure of ours that carries no details',
      act: ({ client }, workflowId, activityId) =>
        client.activity.fail({ workflowId, activityId }, ApplicationFailure.nonRetryable('by hand', TARGET_FAILED)),
      says: { outcome: 'failed(api-error), restored', reason: 'by hand' },
    },
  ];

  it.for(BY_HAND)('$how may have written: what it changed goes back', async ({ act, says }, context) => {
    const { onTestFinished, expect } = context;
    const world = await createWorld({ onTestFinished, fleet: 1, scenario: { faults: heldChanges() } });
    const before = world.simulator.state.instances();
    const rollout = await world.start(ONE_STAGE);
    await until(() => expect(world.updates()).toHaveLength(1));
    expect(await toEach(world, await openBatch(world, rollout), act)).toBe(1);
    letGo(world);
    const outcome = await rollout.result();
    expect(outcome).toMatchObject({ type: 'RolloutRolledBack', result: { exceptions: [{ name: 'web-1', ...says }] } });
    expect(world.simulator.state.instances()).toEqual(before);
  });
});
