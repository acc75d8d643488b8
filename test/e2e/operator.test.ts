import { describe, expect, it } from 'vitest';
import type { RolloutSpecInput } from '../../src/rollout/spec.js';
import { heldChanges } from '../support/faults.js';
import { letGo } from '../support/held.js';
import { failedTasks, runningBatch } from '../support/temporal-runs.js';
import { waitForHold, waitUntil } from '../support/wait.js';
import { createWorld } from '../support/world.js';

const ONE_STAGE: RolloutSpecInput['stages'] = [{ name: 'rest', size: 'rest' }];
const LONG_BAKE: RolloutSpecInput['stages'] = [
  { name: 'canary', size: 1, bake: '10m' },
  { name: 'rest', size: 'rest' },
];

describe.concurrent('a malformed message', () => {
  it.concurrent('is refused with the reason, and leaves the rollout as it was', async ({ onTestFinished }) => {
    const world = await createWorld({ onTestFinished });
    const rollout = await world.start({ stages: LONG_BAKE });
    await waitForHold(rollout, 'bake');
    const handle = world.client.workflow.getHandle(rollout.workflowId);
    const mustBeObject = /must be an object/;
    const refused: [string, unknown, RegExp][] = [
      ['pause', 'please', mustBeObject],
      ['pause', 5, mustBeObject],
      ['pause', true, mustBeObject],
      ['pause', ['ops'], mustBeObject],
      ['pause', { by: 5 }, /"by" must be text/],
      ['pause', { by: null }, /"by" must be text/],
      ['resume', { reason: {} }, /"reason" must be text/],
      ['approve', 'rest', mustBeObject],
      ['approve', { stage: 1 }, /"stage" must be text/],
      ['approve', { planHash: [] }, /"planHash" must be text/],
      ['abort', 'rollback', mustBeObject],
      ['abort', { mode: 'undo' }, /mode must be halt or rollback, not "undo"/],
      ['abort', { mode: 1 }, /"mode" must be text/],
      ['approve', { planhash: 'zzz' }, /unknown member: "planhash" \(did you mean "planHash"\?\)/],
      ['abort', { Mode: 'rollback' }, /unknown member: "Mode" \(did you mean "mode"\?\)/],
      ['pause', { reson: 'slow' }, /unknown member: "reson" \(did you mean "reason"\?\)/],
      ['skipBake', { stage: 'canary' }, /unknown member: "stage". Known in skipBake: by, reason/],
    ];
    for (const [name, message, why] of refused) {
      await expect(
        handle.executeUpdate(name, { args: [message] }),
        `${name} ${JSON.stringify(message)}`,
      ).rejects.toMatchObject({
        cause: { type: 'MessageRefused', message: expect.stringMatching(why) },
      });
    }
    expect(await rollout.status()).toMatchObject({ waiting: { for: 'bake' } });
    // Without a message, as the Temporal UI sends it, it is one that names nobody.
    await handle.executeUpdate('pause', { args: [null] });
    await handle.executeUpdate('resume');
    await rollout.abort();
    await rollout.result();
    expect(await failedTasks(world, rollout.workflowId)).toEqual([]);
  });

  it.concurrent('is ignored where it is a signal of the inner parts', async ({ onTestFinished }) => {
    const world = await createWorld({ onTestFinished, scenario: { faults: heldChanges() } });
    const rollout = await world.start({ stages: ONE_STAGE, concurrency: 2 });
    await waitUntil('a change has begun', () => world.updates().length > 0);
    const handle = world.client.workflow.getHandle(rollout.workflowId);
    const batch = await runningBatch(world, rollout);
    const junk = [null, 5, 'stop!', [], {}, { batch }, { batch, seq: 'x', counts: null, inFlight: {}, hold: 1 }];
    for (const message of junk) {
      await handle.signal('progress', message);
      await world.client.workflow.getHandle(batch).signal('hold', message);
    }
    letGo(world);
    expect(await rollout.result()).toMatchObject({
      status: 'completed',
      result: { counts: { changed: 5, inFlight: 0 } },
    });
    expect(await failedTasks(world, rollout.workflowId)).toEqual([]);
    expect(await failedTasks(world, batch)).toEqual([]);
  });
});
