import { describe, it } from 'vitest';
import type { RolloutSpecInput } from '../../src/rollout/spec.js';
import { heldChanges } from '../support/faults.js';
import { letGo } from '../support/held.js';
import { each, names, reported, resultOf, startPaused, tokensOf } from '../support/rollouts.js';
import { runningBatch, untilTold } from '../support/temporal-runs.js';
import { until, waitForHold, waitForStatus } from '../support/wait.js';
import { createWorld } from '../support/world.js';

const REST = { name: 'rest', size: 'rest' } as const;
const APPROVED: Partial<RolloutSpecInput> = {
  spread: [],
  stages: [
    { name: 'canary', size: 1 },
    { ...REST, approval: { timeout: '1h' } },
  ],
};

describe.concurrent('scenario 21: an approval that never comes', () => {
  it.for([
    ['halt', 'RolloutHalted', 'required', { changed: 1 }],
    ['rollback', 'RolloutRolledBack', 'optional', { restored: 1 }],
  ] as const)('ends in %s', async ([onTimeout, type, tokens, counts], { onTestFinished, expect }) => {
    const world = await createWorld({ onTestFinished, fleet: 3 });
    const stages: RolloutSpecInput['stages'] = [
      { name: 'canary', size: 1 },
      { ...REST, approval: { timeout: '300ms', onTimeout } },
    ];
    const rollout = await world.start({ spread: [], stages });
    const outcome = await rollout.result();
    expect(outcome).toMatchObject({ status: 'failed', type, result: { counts: { ...counts, total: 3 } } });
    expect(outcome).toMatchObject({ message: expect.stringContaining('stage rest was not approved within 300ms') });
    expect(reported(outcome)).toEqual({});
    expect(tokensOf(world)).toEqual({ ...each(names(3), 'optional'), 'web-1': tokens });
    expect(world.updates()).toHaveLength(onTimeout === 'halt' ? 1 : 2);
  });

  it('is cut short by an abort', async ({ onTestFinished, expect }) => {
    const world = await createWorld({ onTestFinished, fleet: 3 });
    const rollout = await world.start(APPROVED);
    await waitForHold(rollout, 'approval');
    await rollout.abort({ mode: 'rollback', by: 'ops' });
    expect(await rollout.result()).toMatchObject({ type: 'RolloutRolledBack', result: { counts: { restored: 1 } } });
    expect(tokensOf(world)).toEqual(each(names(3), 'optional'));
  });
});

describe.concurrent('scenario 21: an approval that comes', () => {
  it('lets the stage start, for the stage and the plan that were meant', async ({ onTestFinished, expect }) => {
    const world = await createWorld({ onTestFinished, fleet: 4 });
    const rollout = await world.start(APPROVED);
    const { planHash, waiting, stage } = await waitForHold(rollout, 'approval');
    expect({ stage, reason: waiting?.reason }).toEqual({
      stage: 'rest',
      reason: 'stage rest, 3 targets: approve or reject',
    });
    expect(world.updates()).toHaveLength(1);
    await expect(rollout.approve({ stage: 'canary' })).rejects.toThrow(
      'Stage "rest" waits for an approval, not "canary".',
    );
    await expect(rollout.approve({ planHash: 'another' })).rejects.toThrow('The plan of this run is');
    await expect(rollout.skipBake()).rejects.toThrow('No stage is baking now.');
    expect(world.updates()).toHaveLength(1);
    await rollout.approve({ by: 'ops', reason: 'looks well', ...(planHash !== undefined && { planHash }) });
    expect(await rollout.result()).toMatchObject({ status: 'completed', result: { counts: { changed: 4 } } });
    expect(tokensOf(world)).toEqual(each(names(4), 'required'));
    const { log } = await rollout.status();
    expect(log).toContainEqual(expect.objectContaining({ event: 'approve', by: 'ops', reason: 'looks well' }));
  });

  it('for one stage is none for the next', async ({ onTestFinished, expect }) => {
    const world = await createWorld({ onTestFinished, fleet: 3 });
    const stages: RolloutSpecInput['stages'] = [
      { name: 'one', size: 1, approval: {} },
      { name: 'two', size: 1, approval: {} },
      REST,
    ];
    const rollout = await world.start({ stages });
    await waitForHold(rollout, 'approval');
    await rollout.approve();
    await until(async () =>
      expect(await rollout.status()).toMatchObject({ stage: 'two', waiting: { for: 'approval' } }),
    );
    expect(world.updates()).toHaveLength(1);
    await rollout.approve();
    expect(await rollout.result()).toMatchObject({ status: 'completed', result: { counts: { changed: 3 } } });
    expect(tokensOf(world)).toEqual(each(names(3), 'required'));
  });

  it.for(['approve', 'reject'] as const)(
    'before it is asked for is refused, and does not count later (%s)',
    async (kind, { onTestFinished, expect }) => {
      const nothing = 'Nothing waits for an approval now.';
      const world = await createWorld({ onTestFinished, fleet: 2, worker: false });
      const spec = {
        ...APPROVED,
        stages: [
          { name: 'canary', size: 1, bake: '1h' },
          { ...REST, approval: {} },
        ],
      };
      const rollout = await startPaused(world, spec);
      await expect(rollout[kind]()).rejects.toThrow(nothing);
      await rollout.resume();
      await waitForHold(rollout, 'bake');
      await expect(rollout[kind]({ stage: 'rest' })).rejects.toThrow(nothing);
      await rollout.skipBake();
      await waitForHold(rollout, 'approval');
      expect(world.updates()).toHaveLength(1);
      await rollout.approve();
      expect(await rollout.result()).toMatchObject({ status: 'completed', result: { counts: { changed: 2 } } });
      expect(tokensOf(world)).toEqual(each(names(2), 'required'));
    },
  );

  it('as a rejection halts the rollout and leaves what was changed', async ({ onTestFinished, expect }) => {
    const world = await createWorld({ onTestFinished, fleet: 3 });
    const rollout = await world.start(APPROVED);
    await waitForHold(rollout, 'approval');
    await rollout.reject({ by: 'ops', reason: 'canary is slow' });
    const outcome = await rollout.result();
    expect(outcome).toMatchObject({
      type: 'RolloutHalted',
      message: expect.stringContaining('rejected by ops: canary is slow'),
      result: { counts: { changed: 1, total: 3 } },
    });
    expect(tokensOf(world)).toEqual({ ...each(names(3), 'optional'), 'web-1': 'required' });
    expect(world.updates()).toHaveLength(1);
    await expect(rollout.approve()).rejects.toThrow('has ended');
  });
});

describe.concurrent('scenario 21: an approval while health is failing', () => {
  it.for([
    { max: 0, size: 2, ended: 'RolloutRolledBack', reason: '1 of 2 targets of stage "canary" failed, 0 may' },
    { max: 2, size: 1, ended: 'RolloutRolledBack', reason: 'every attempted target of stage "canary" failed (1)' },
  ])(
    'the failing host still stops the rollout, with $max failures allowed of $size',
    async ({ max, size, ended, reason }, { onTestFinished, expect }) => {
      // The stage can't be done before the third bad reading is there.
      const scenario = { faults: heldChanges({ after: size }) };
      const world = await createWorld({ onTestFinished, fleet: 9, scenario });
      const rollout = await world.start({
        spread: [],
        // Long enough that the approval comes before the third bad reading on a busy machine too.
        health: { interval: '4s', failureThreshold: 3 },
        concurrency: 1,
        stages: [
          { name: 'canary', size },
          { ...REST, approval: {} },
        ],
        failure: { max, revert: 'run' },
      });
      await waitForHold(rollout, 'approval');
      world.patch('web-1', { healthy: false });
      await rollout.approve({ by: 'ops' });
      await until(() => expect(world.updates()).toHaveLength(size + 1));
      await waitForStatus(rollout, ({ budget }) => budget.tripped !== undefined);
      await untilTold(world, await runningBatch(world, rollout));
      letGo(world);
      const outcome = await rollout.result();
      expect(outcome).toMatchObject({ type: ended, result: { reason, counts: { failed: 1 } } });
      expect(resultOf(outcome).stages.map(({ counts }) => counts.failed ?? 0)).toEqual([1, 0]);
      const { 'web-1': failing, ...others } = reported(outcome);
      expect(failing).toBe('failed(unhealthy), restored');
      expect(new Set(Object.values(others))).toEqual(new Set(['skipped(not-started)']));
      expect(tokensOf(world)).toEqual(each(names(9), 'optional'));
    },
  );
});
