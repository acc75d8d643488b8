import { describe, it, type TestContext } from 'vitest';
import type { RolloutSpecInput } from '../../src/rollout/spec.js';
import { onUpdate, stuck } from '../support/faults.js';
import { readings } from '../support/readings.js';
import { each, names, reported, resultOf, roll, startPaused, tokensOf } from '../support/rollouts.js';
import { until, waitForHold, waitForStatus } from '../support/wait.js';
import { createWorld, type World } from '../support/world.js';

const health: RolloutSpecInput['health'] = { interval: '150ms', failureThreshold: 3 };
const IMPATIENT: RolloutSpecInput['apply'] = { timeout: '1500ms', pollInterval: '40ms', maxErrors: 3 };

/** Two of them bake; one may fail, and stays as it is. */
const BAKING: Partial<RolloutSpecInput> = {
  spread: [],
  health,
  apply: IMPATIENT,
  stages: [
    { name: 'early', size: 2, bake: '1h' },
    { name: 'rest', size: 'rest' },
  ],
  failure: { max: 1, maxTotal: 1, revert: 'none' },
};

describe.concurrent('scenario 18: a failed target is counted once', () => {
  it('however often it was tried', async ({ onTestFinished, expect }) => {
    const faults = [onUpdate('web-1', { error: 'ServiceException' })];
    const world = await createWorld({ onTestFinished, fleet: 4, scenario: { faults } });
    const outcome = await roll(world, { ...BAKING, stages: [{ name: 'all', size: 'rest' }] });
    expect(outcome).toMatchObject({ status: 'completed', result: { counts: { changed: 3, failed: 1, total: 4 } } });
    expect(reported(outcome)).toEqual({ 'web-1': 'failed(api-error)' });
    expect(world.updates('web-1')).toHaveLength(3);
    expect(tokensOf(world)).toEqual({ ...each(names(4), 'required'), 'web-1': 'optional' });
  });

  it.for<{ what: string; meanwhile: (world: World) => void }>([
    { what: 'is unhealthy', meanwhile: (world) => world.patch('web-1', { healthy: false }) },
    {
      what: 'is changed after all, and unhealthy',
      meanwhile: (world) =>
        world.patch('web-1', { healthy: false, metadataOptions: { httpTokens: 'required', state: 'applied' } }),
    },
    {
      what: 'is found at its old values by the last sweep',
      meanwhile: (world) => world.patch('web-1', { metadataOptions: { httpTokens: 'optional', state: 'applied' } }),
    },
  ])(
    'after an apply failure, also where it $what during the bake',
    async ({ meanwhile }, { onTestFinished, expect }) => {
      const world = await createWorld({ onTestFinished, fleet: 4, scenario: { faults: stuck('web-1') } });
      const rollout = await world.start(BAKING);
      await waitForHold(rollout, 'bake');
      meanwhile(world);
      await readings(world, 6);
      expect(await rollout.status()).toMatchObject({ counts: { failed: 1 }, budget: { failed: 1 } });
      await rollout.skipBake();
      const outcome = await rollout.result();
      expect(outcome).toMatchObject({ status: 'completed', result: { counts: { changed: 3, failed: 1, total: 4 } } });
      expect(reported(outcome)).toEqual({ 'web-1': 'failed(deadline)' });
      expect(resultOf(outcome).stages.map(({ counts }) => counts.failed ?? 0)).toEqual([1, 0]);
      expect(world.updates()).toHaveLength(4);
    },
  );

  it('that was unhealthy, where an operator takes it back besides', async ({ onTestFinished, expect }) => {
    const world = await createWorld({ onTestFinished, fleet: 4 });
    const rollout = await world.start(BAKING);
    await waitForHold(rollout, 'bake');
    world.patch('web-1', { healthy: false });
    await waitForStatus(rollout, ({ counts }) => counts.failed === 1);
    await rollout.revert({ names: ['web-1'] });
    await until(() => expect(tokensOf(world)['web-1']).toBe('optional'));
    await rollout.skipBake();
    const outcome = await rollout.result();
    expect(outcome).toMatchObject({ status: 'completed', result: { counts: { changed: 3, failed: 1, total: 4 } } });
    expect(reported(outcome)).toEqual({ 'web-1': 'failed(unhealthy), restored' });
    expect(tokensOf(world)).toEqual({ ...each(names(4), 'required'), 'web-1': 'optional' });
    expect(world.updates('web-1')).toHaveLength(2);
  });

  it('and taken back at once within the budget', async ({ onTestFinished, expect }) => {
    const world = await createWorld({ onTestFinished, fleet: 4, scenario: { faults: stuck('web-2') } });
    const rollout = await world.start({ ...BAKING, failure: { max: 1, maxTotal: 1, revert: 'run' } });
    const baking = await waitForHold(rollout, 'bake');
    expect(baking).toMatchObject({ budget: { failed: 1, allowedInStage: 1, maxTotal: 1 } });
    expect(tokensOf(world)).toEqual({ ...each(names(4), 'optional'), 'web-1': 'required' });
    await rollout.abort();
    const outcome = await rollout.result();
    expect(outcome).toMatchObject({ type: 'RolloutAborted', result: { counts: { changed: 1, failed: 1, total: 4 } } });
    expect(reported(outcome)).toEqual({ 'web-2': 'failed(deadline), restored' });
    expect(world.updates('web-2')).toHaveLength(2);
  });
});

describe.concurrent('scenario 18: a canary of one that fails within max: 2', () => {
  it.for<{ how: string; says: string; fault?: 'stuck' | 'unhealthy'; bake?: (world: World) => void }>([
    { how: 'at its deadline', says: 'failed(deadline), restored', fault: 'stuck' },
    { how: 'by its health in the batch', says: 'failed(unhealthy), restored', fault: 'unhealthy' },
    {
      how: 'by its health during the bake',
      says: 'failed(unhealthy), restored',
      bake: (world) => world.patch('web-1', { healthy: false }),
    },
    { how: 'as an operator takes it back, and counts that', says: 'failed(operator), restored', bake: () => undefined },
  ])('$how stops the rollout all the same', async ({ says, fault, bake }, { onTestFinished, expect }) => {
    const faults = fault === 'stuck' ? stuck('web-1') : fault && [onUpdate('web-1', { unhealthy: true }, { times: 1 })];
    const world = await createWorld({ onTestFinished, fleet: 5, scenario: { faults: faults ?? [] } });
    const rollout = await world.start({
      spread: [],
      health,
      apply: IMPATIENT,
      stages: [
        { name: 'canary', size: 1, bake: '1h' },
        { name: 'rest', size: 'rest' },
      ],
      failure: { max: 2, revert: 'failed' },
    });
    if (bake !== undefined) {
      await waitForHold(rollout, 'bake');
      bake(world);
      if (says.includes('operator')) await rollout.revert({ names: ['web-1'], count: true });
    }
    const outcome = await rollout.result();
    expect(outcome).toMatchObject({
      type: 'RolloutHalted',
      result: { reason: 'every attempted target of stage "canary" failed (1)', counts: { failed: 1, total: 5 } },
    });
    expect(reported(outcome)).toEqual({ 'web-1': says });
    expect(tokensOf(world)).toEqual(each(names(5), 'optional'));
    expect(world.updates().map(({ instanceName }) => instanceName)).toEqual(['web-1', 'web-1']);
  });
});

describe.concurrent('scenario 18: a canary that proves nothing', () => {
  const compliant = (world: World) => world.patch('web-1', { metadataOptions: { httpTokens: 'required' } });

  it.for<{
    why: string;
    says?: string;
    spec?: Partial<RolloutSpecInput>;
    before?: (world: World) => void;
    meanwhile: (world: World) => void;
    changed?: number;
  }>([
    { why: 'compliant by then', meanwhile: compliant },
    { why: 'deleted', says: 'skipped(gone)', meanwhile: (world) => world.remove('web-1') },
    { why: 'replaced', says: 'skipped(replaced)', meanwhile: (world) => world.recreate('web-1') },
    {
      why: 'opted out',
      says: 'skipped(opted-out)',
      meanwhile: (world) => world.patch('web-1', { tags: { 'imds-rollout': 'skip' } }),
    },
    {
      why: 'unhealthy before its change',
      says: 'blocked(unhealthy)',
      meanwhile: (world) => world.patch('web-1', { healthy: false }),
    },
    {
      why: 'of unknown options',
      says: 'blocked(unknown-options)',
      meanwhile: (world) => world.patch('web-1', { metadataOptions: null }),
    },
    {
      why: 'stopped, and pending until it starts',
      says: 'blocked(stopped)',
      meanwhile: (world) => {
        world.patch('web-1', { state: 'stopped' });
        world.simulator.state.addFault(onUpdate('web-1', { stuckPending: true }));
      },
    },
    {
      why: 'stopped since the plan',
      says: 'changed(unverified)',
      meanwhile: (world) => world.patch('web-1', { state: 'stopped' }),
      changed: 3,
    },
    {
      why: 'stopped when planned, and not left out',
      says: 'changed(unverified)',
      spec: {
        targets: { regions: ['us-east-1'], stopped: 'apply' },
        stages: [
          { name: 'canary', size: 1, match: { names: ['web-1'] } },
          { name: 'rest', size: 'rest' },
        ],
      },
      before: (world) => world.patch('web-1', { state: 'stopped' }),
      meanwhile: () => undefined,
      changed: 3,
    },
  ])(
    'as it is $why holds the rollout until an operator approves',
    async ({ says, spec, before, meanwhile, changed = 2 }, { onTestFinished, expect }) => {
      const world = await createWorld({ onTestFinished, fleet: 3, worker: false });
      before?.(world);
      const rollout = await startPaused(world, { spread: [], health, apply: IMPATIENT, failure: { max: 2 }, ...spec });
      meanwhile(world);
      await rollout.resume();
      const held = await waitForStatus(
        rollout,
        ({ phase, waiting }) => waiting?.for === 'evidence' || phase === 'ended',
      );
      expect(held).toMatchObject({
        phase: 'waiting',
        stage: 'canary',
        waiting: {
          for: 'evidence',
          reason: expect.stringMatching(/^stage canary .*proves nothing: approve or abort$/),
        },
      });
      expect(world.updates('web-2')).toEqual([]);
      await rollout.approve({ by: 'ops', reason: 'checked by hand' });
      const outcome = await rollout.result();
      expect(outcome).toMatchObject({ status: 'completed', result: { counts: { changed } } });
      expect(resultOf(outcome).counts.failed).toBeUndefined();
      expect(reported(outcome)).toEqual(says === undefined ? {} : { 'web-1': says });
      expect(tokensOf(world)).toMatchObject(each(['web-2', 'web-3'], 'required'));
    },
  );

  async function startWithIdleCanary(onTestFinished: TestContext['onTestFinished']) {
    const world = await createWorld({ onTestFinished, fleet: 3, worker: false });
    const rollout = await startPaused(world, { spread: [] });
    compliant(world);
    await rollout.resume();
    const status = await waitForHold(rollout, 'evidence');
    return { world, rollout, status };
  }

  it('ends the rollout where an operator aborts', async ({ onTestFinished, expect }) => {
    const { world, rollout } = await startWithIdleCanary(onTestFinished);
    await rollout.abort({ by: 'ops' });
    expect(await rollout.result()).toMatchObject({ type: 'RolloutAborted', result: { counts: { compliant: 1 } } });
    expect(tokensOf(world)).toEqual({ ...each(names(3), 'optional'), 'web-1': 'required' });
    expect(world.updates()).toHaveLength(0);
  });

  it('takes an approval only for the stage and the plan that wait', async ({ onTestFinished, expect }) => {
    const { rollout, status } = await startWithIdleCanary(onTestFinished);
    await expect(rollout.approve({ stage: 'rest' })).rejects.toMatchObject({
      message: 'Stage "canary" waits for an approval, not "rest".',
    });
    await expect(rollout.approve({ planHash: 'f00' })).rejects.toMatchObject({
      message: `The plan of this run is ${status.planHash}, not f00.`,
    });
    await rollout.approve({ stage: 'canary', planHash: status.planHash ?? '' });
    expect(await rollout.result()).toMatchObject({ status: 'completed', result: { counts: { changed: 2 } } });
    await expect(rollout.approve()).rejects.toThrow('has ended');
  });
});
