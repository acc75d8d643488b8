import { describe, expect, it, type TestContext } from 'vitest';
import type { RolloutSpecInput } from '../../src/rollout/spec.js';
import { denied, noWayBack, stuck } from '../support/faults.js';
import { holdBeforeFirstStage, waitForHold } from '../support/wait.js';
import { createWorld, type World } from '../support/world.js';

const ONE_STAGE: RolloutSpecInput['stages'] = [{ name: 'rest', size: 'rest' }];

/** A deadline that a working instance keeps easily, and that a stuck one reaches soon. */
const IMPATIENT: RolloutSpecInput['apply'] = { timeout: '1500ms', pollInterval: '40ms', maxErrors: 3 };

function names(from: number, to: number): string[] {
  return Array.from({ length: to - from + 1 }, (_, index) => `web-${from + index}`);
}

function tokensOf(world: World): Record<string, unknown> {
  return Object.fromEntries(
    world.simulator.state.instances().map(({ name, metadataOptions }) => [name, metadataOptions?.httpTokens]),
  );
}

describe.concurrent('scenario 14: fleets and stages of any size', () => {
  it.concurrent.for([1, 2, 3])(
    'changes all of a fleet of %i, though there are more stages',
    async (fleet, { onTestFinished }) => {
      const world = await createWorld({ onTestFinished, fleet });
      const rollout = await world.start({
        stages: [
          { name: 'canary', size: 1 },
          { name: 'early', size: '10%' },
          { name: 'late', size: 40 },
          { name: 'rest', size: 'rest' },
        ],
      });
      const outcome = await rollout.result();
      expect(outcome).toMatchObject({ status: 'completed', result: { counts: { changed: fleet, total: fleet } } });
      expect(outcome.result?.stages.map(({ size }) => size)).toEqual([1, fleet > 1 ? 1 : 0, fleet > 2 ? 1 : 0, 0]);
      expect(world.updates()).toHaveLength(fleet);
    },
  );

  it.concurrent.for<[RolloutSpecInput['stages'], number[]]>([
    [
      [
        { name: 'canary', size: '1%' },
        { name: 'rest', size: 'rest' },
      ],
      [1, 4],
    ],
    [
      [
        { name: 'canary', size: '50%' },
        { name: 'rest', size: 'rest' },
      ],
      [3, 2],
    ],
    [
      [
        { name: 'canary', size: '100%' },
        { name: 'rest', size: 'rest' },
      ],
      [5, 0],
    ],
    [
      [
        { name: 'canary', size: 40 },
        { name: 'rest', size: 'rest' },
      ],
      [5, 0],
    ],
  ])('changes all of a fleet of 5 in stages %j', async ([stages, sizes], { onTestFinished }) => {
    const world = await createWorld({ onTestFinished, fleet: 5 });
    const outcome = await (await world.start({ stages })).result();
    expect(outcome).toMatchObject({ status: 'completed', result: { counts: { changed: 5 } } });
    expect(outcome.result?.stages.map(({ size }) => size)).toEqual(sizes);
    expect(world.updates()).toHaveLength(5);
  });

  it.concurrent.for([
    { what: 'an empty region', fleet: 0 },
    {
      what: 'a fleet that is compliant already',
      fleet: [{ region: 'us-east-1', prefix: 'web-', count: 3, options: { httpTokens: 'required' as const } }],
    },
  ])(
    'completes at once over $what, without a lease and without a second sweep',
    async ({ fleet }, { onTestFinished }) => {
      const world = await createWorld({ onTestFinished, fleet });
      const rollout = await world.start();
      const outcome = await rollout.result();
      const total = world.simulator.state.instances().length;
      expect(outcome).toMatchObject({
        status: 'completed',
        result: { ended: 'completed', counts: { total, inFlight: 0 }, coverage: { total, required: total } },
      });
      expect(world.simulator.state.calls().map(({ operation }) => operation)).toEqual(['GetInstances']);
      await expect(
        world.client.workflow.getHandle(`imds-rollout-lease:${world.account}:us-east-1`).describe(),
      ).rejects.toThrow(/not found/);
    },
  );
});

describe.concurrent('scenario 15: the budget', () => {
  it.concurrent.for<{ what: string; fleet: number; failing: number; failure: RolloutSpecInput['failure'] }>([
    { what: '2 failures of 10 where 2 may fail', fleet: 10, failing: 2, failure: { max: 2 } },
    { what: '2 of 10 where 20 % may fail', fleet: 10, failing: 2, failure: { max: '20%' } },
    { what: '1 failure where the run may have 1', fleet: 4, failing: 1, failure: { max: 4, maxTotal: 1 } },
  ])('holds at $what', async ({ fleet, failing, failure }, { onTestFinished }) => {
    const world = await createWorld({
      onTestFinished,
      fleet,
      scenario: { faults: denied(...names(1, failing)) },
    });
    const rollout = await world.start({ stages: ONE_STAGE, failure });
    const outcome = await rollout.result();
    expect(outcome).toMatchObject({
      status: 'completed',
      result: { counts: { changed: fleet - failing, failed: failing, total: fleet } },
    });
    expect(outcome.result?.exceptions.map(({ name, outcome }) => [name, outcome]).sort()).toEqual(
      names(1, failing).map((name) => [name, 'failed(api-error)']),
    );
  });

  it.concurrent.for<{
    what: string;
    fleet: number;
    failing: number;
    failure: RolloutSpecInput['failure'];
    why: string;
  }>([
    {
      what: '1 failure where none may fail',
      fleet: 3,
      failing: 1,
      failure: {},
      why: '1 of 3 targets of stage "rest" failed, 0 may',
    },
    {
      what: '3 failures of 10 where 2 may fail',
      fleet: 10,
      failing: 3,
      failure: { max: 2 },
      why: '3 of 10 targets of stage "rest" failed, 2 may',
    },
    {
      what: '1 of 4 where 20 % may fail, which is none',
      fleet: 4,
      failing: 1,
      failure: { max: '20%' },
      why: '1 of 4 targets of stage "rest" failed, 0 may',
    },
  ])('stops the rollout at $what', async ({ fleet, failing, failure, why }, { onTestFinished }) => {
    const world = await createWorld({
      onTestFinished,
      fleet,
      scenario: { faults: denied(...names(1, failing)) },
    });
    const before = world.simulator.state.instances();
    const rollout = await world.start({ stages: ONE_STAGE, failure, concurrency: fleet });
    const outcome = await rollout.result();
    expect(outcome).toMatchObject({ type: 'RolloutRolledBack', result: { reason: why, counts: { failed: failing } } });
    expect(outcome).toMatchObject({ message: expect.stringContaining(why) });
    expect(world.simulator.state.instances()).toEqual(before);
  });

  it.concurrent('counts the failures of all stages against maxTotal', async ({ onTestFinished }) => {
    const world = await createWorld({
      onTestFinished,
      fleet: 8,
      scenario: { faults: denied('web-1', 'web-4') },
    });
    const rollout = await world.start({
      spread: [],
      stages: [
        { name: 'early', size: 3 },
        { name: 'middle', size: 3 },
        { name: 'rest', size: 'rest' },
      ],
      failure: { max: 2, maxTotal: 1, revert: 'none' },
    });
    expect(await rollout.result()).toMatchObject({
      type: 'RolloutHalted',
      result: { reason: '2 targets of the run failed, 1 may', counts: { failed: 2 } },
    });
    expect(tokensOf(world)).toMatchObject({ 'web-7': 'optional', 'web-8': 'optional' });
  });

  it.concurrent("scenario 17: measures a percentage over the stage, so that a large fleet doesn't hide a burning canary", async ({
    onTestFinished,
  }) => {
    const world = await createWorld({
      onTestFinished,
      fleet: 25,
      scenario: { faults: denied('web-1', 'web-10') },
    });
    const rollout = await world.start({
      spread: [],
      stages: [
        { name: 'canary', size: 5 },
        { name: 'rest', size: 'rest' },
      ],
      failure: { max: '20%' },
    });
    expect(await rollout.result()).toMatchObject({
      type: 'RolloutRolledBack',
      result: { reason: '2 of 5 targets of stage "canary" failed, 1 may' },
    });
    expect(new Set(world.updates().map(({ instanceName }) => instanceName)).size).toBeLessThanOrEqual(5);
  });

  it.concurrent('stops at a canary of one that fails, however many may', async ({ onTestFinished }) => {
    const world = await createWorld({ onTestFinished, fleet: 4, scenario: { faults: denied('web-1') } });
    const rollout = await world.start({ spread: [], failure: { max: 2, revert: 'failed' } });
    expect(await rollout.result()).toMatchObject({
      type: 'RolloutHalted',
      result: { reason: 'every attempted target of stage "canary" failed (1)' },
    });
    expect(new Set(world.updates().map(({ instanceName }) => instanceName))).toEqual(new Set(['web-1']));
  });
});

describe.concurrent('what a rollout over its budget leaves', () => {
  it.concurrent.for([
    { revert: 'none' as const, type: 'RolloutHalted', failing: 'required', others: 'required' },
    { revert: 'failed' as const, type: 'RolloutHalted', failing: 'optional', others: 'required' },
    { revert: 'run' as const, type: 'RolloutRolledBack', failing: 'optional', others: 'optional' },
  ])(
    'with revert $revert: the failing one $failing, the others $others',
    async ({ revert, type, failing, others }, { onTestFinished }) => {
      const world = await createWorld({ onTestFinished, fleet: 4, scenario: { faults: stuck('web-3') } });
      const rollout = await world.start({
        spread: [],
        stages: [
          { name: 'canary', size: 1 },
          { name: 'rest', size: 'rest' },
        ],
        failure: { revert },
        apply: IMPATIENT,
      });
      const outcome = await rollout.result();
      expect(outcome).toMatchObject({ status: 'failed', type });
      expect(tokensOf(world)).toEqual({ 'web-1': others, 'web-2': others, 'web-3': failing, 'web-4': others });
      expect(outcome.result?.exceptions).toMatchObject([
        { name: 'web-3', outcome: revert === 'none' ? 'failed(deadline)' : 'failed(deadline), restored' },
      ]);
    },
  );

  it.concurrent.for(['failed', 'run'] as const)(
    'takes a failing target back at once within the budget, and counts it once (revert %s)',
    async (revert, { onTestFinished }) => {
      const world = await createWorld({ onTestFinished, fleet: 4, scenario: { faults: stuck('web-2') } });
      const rollout = await world.start({
        spread: [],
        stages: [
          { name: 'early', size: 2, bake: '10m' },
          { name: 'rest', size: 'rest' },
        ],
        failure: { max: 1, maxTotal: 1, revert },
        apply: IMPATIENT,
      });
      const baking = await waitForHold(rollout, 'bake');
      expect(baking).toMatchObject({ budget: { failed: 1, allowedInStage: 1, maxTotal: 1 } });
      expect(tokensOf(world)).toMatchObject({ 'web-1': 'required', 'web-2': 'optional' });
      await rollout.abort();
      expect(await rollout.result()).toMatchObject({
        type: 'RolloutAborted',
        result: {
          counts: { changed: 1, failed: 1, total: 4 },
          exceptions: [{ name: 'web-2', outcome: 'failed(deadline), restored' }],
        },
      });
    },
  );

  it.concurrent('names the targets whose way back is closed, and restores the others', async ({ onTestFinished }) => {
    const world = await createWorld({
      onTestFinished,
      fleet: 7,
      scenario: { faults: [...noWayBack('web-2', 'web-4', 'web-6'), ...denied('web-7')] },
    });
    const rollout = await world.start({
      spread: [],
      stages: [
        { name: 'early', size: 6 },
        { name: 'rest', size: 'rest' },
      ],
    });
    const outcome = await rollout.result();
    expect(outcome).toMatchObject({
      type: 'RollbackIncomplete',
      result: { ended: 'rollback-incomplete', counts: { restored: 3, 'restore-failed': 3, failed: 1 } },
    });
    expect(outcome).toMatchObject({ message: expect.stringContaining('web-2') });
    expect(outcome).toMatchObject({ message: expect.stringContaining('AccessDeniedException') });
    const left = outcome.result?.exceptions.filter(({ outcome }) => outcome === 'changed, restore-failed');
    expect(left?.map(({ name }) => name).sort()).toEqual(['web-2', 'web-4', 'web-6']);
    expect(tokensOf(world)).toMatchObject({ 'web-1': 'optional', 'web-3': 'optional', 'web-5': 'optional' });
  });
});

describe.concurrent('scenario 18: a stage that changed nothing', () => {
  /** The canary is compliant by the time its stage comes, so it proves nothing. */
  async function startWithIdleCanary(onTestFinished: TestContext['onTestFinished']) {
    const world = await createWorld({ onTestFinished, fleet: 3 });
    const rollout = await world.start({ spread: [] });
    await holdBeforeFirstStage(rollout);
    world.patch('web-1', { metadataOptions: { httpTokens: 'required' } });
    await rollout.resume();
    const status = await waitForHold(rollout, 'evidence');
    return { world, rollout, status };
  }

  it.concurrent('holds the rollout, and an approval lets it go on', async ({ onTestFinished }) => {
    const { world, rollout, status } = await startWithIdleCanary(onTestFinished);
    expect(status).toMatchObject({
      phase: 'waiting',
      stage: 'canary',
      waiting: { reason: expect.stringMatching(/^stage canary changed none of .*: approve or abort$/) },
      counts: { compliant: 1 },
    });
    await rollout.approve({ by: 'ops', reason: 'checked by hand' });
    expect(await rollout.result()).toMatchObject({ result: { counts: { compliant: 1, changed: 2 } } });
    expect(world.updates()).toHaveLength(2);
  });

  it.concurrent('holds too where its only target is unhealthy before the change', async ({ onTestFinished }) => {
    const world = await createWorld({ onTestFinished, fleet: 3 });
    const rollout = await world.start({ spread: [], health: { interval: '50ms' } });
    await holdBeforeFirstStage(rollout);
    world.patch('web-1', { healthy: false });
    await rollout.resume();
    await waitForHold(rollout, 'evidence');
    expect(world.updates()).toEqual([]);
    await rollout.abort();
    expect(await rollout.result()).toMatchObject({ type: 'RolloutAborted', result: { counts: { blocked: 1 } } });
  });

  it.concurrent('a failed target that is unhealthy too counts once', async ({ onTestFinished }) => {
    const world = await createWorld({ onTestFinished, fleet: 4, scenario: { faults: stuck('web-1') } });
    const rollout = await world.start({
      apply: IMPATIENT,
      spread: [],
      failure: { max: 1, revert: 'none' },
      health: { interval: '50ms' },
      stages: [
        { name: 'canary', size: 2, bake: '2s' },
        { name: 'rest', size: 'rest' },
      ],
    });
    await waitForHold(rollout, 'bake');
    world.patch('web-1', { healthy: false });
    const outcome = await rollout.result();
    expect(outcome).toMatchObject({ status: 'completed', result: { counts: { changed: 3, failed: 1, total: 4 } } });
    expect(outcome.result?.exceptions.map(({ outcome }) => outcome)).toEqual(['failed(deadline)']);
  });

  it.concurrent('ends the rollout where an operator aborts', async ({ onTestFinished }) => {
    const { world, rollout } = await startWithIdleCanary(onTestFinished);
    await rollout.abort({ by: 'ops' });
    expect(await rollout.result()).toMatchObject({ type: 'RolloutAborted' });
    expect(world.updates()).toHaveLength(0);
  });

  it.concurrent('takes an approval only for the stage and the plan that wait', async ({ onTestFinished }) => {
    const { rollout, status } = await startWithIdleCanary(onTestFinished);
    await expect(rollout.approve({ stage: 'rest' })).rejects.toMatchObject({
      message: 'Stage "canary" waits for an approval, not "rest".',
    });
    await expect(rollout.approve({ planHash: 'f00' })).rejects.toMatchObject({
      message: `The plan of this run is ${status.planHash}, not f00.`,
    });
    await rollout.approve({ stage: 'canary', planHash: status.planHash ?? '' });
    expect(await rollout.result()).toMatchObject({ status: 'completed' });
    await expect(rollout.approve()).rejects.toThrow('has ended');
  });
});
