import { describe, expect, it } from 'vitest';
import { type PackedBatchResult, unpackBatchResult } from '../../src/rollout/pack-batch.js';
import type { RolloutSpecInput } from '../../src/rollout/spec.js';
import { denied, heldChanges } from '../support/faults.js';
import { letGo } from '../support/held.js';
import { failedTasks, isOpen, leaseOf, runningBatch, untilTold } from '../support/temporal-runs.js';
import { waitForHold, waitUntil } from '../support/wait.js';
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
