import { describe, expect, it } from 'vitest';
import { onUpdate } from '../support/faults.js';
import { each, GO_ON, names, ONE_STAGE, reasonOf, reported, roll, startPaused, tokensOf } from '../support/rollouts.js';
import { until, waitForHold } from '../support/wait.js';
import { createWorld } from '../support/world.js';

const BEFORE = { httpTokens: 'optional', httpPutResponseHopLimit: 1 } as const;
const DESIRED = { httpTokens: 'required', httpPutResponseHopLimit: 2 } as const;
const ELSEWHERE = { httpTokens: 'required', httpPutResponseHopLimit: 5 } as const;

describe.concurrent('a fleet that others change too', () => {
  it('between plan and apply: what is gone, replaced, opted out or unknown is left alone and named', async ({
    onTestFinished,
  }) => {
    const world = await createWorld({ onTestFinished, fleet: 6, worker: false });
    const rollout = await startPaused(world, { ...ONE_STAGE, options: DESIRED, concurrency: 20 });
    world.remove('web-1');
    const reborn = world.recreate('web-2');
    world.patch('web-3', { tags: { 'imds-rollout': 'skip' } });
    world.patch('web-4', { metadataOptions: null });
    world.patch('web-5', { tags: { 'imds-rollout': 'later' } });
    const edited = world.simulator.state.instances();
    await rollout.resume();
    const outcome = await rollout.result();
    expect(outcome).toMatchObject({
      status: 'completed',
      result: { counts: { changed: 2, skipped: 3, blocked: 1, total: 6 } },
    });
    expect(reported(outcome)).toEqual({
      'web-1': 'skipped(gone)',
      'web-2': 'skipped(replaced)',
      'web-3': 'skipped(opted-out)',
      'web-4': 'blocked(unknown-options)',
    });
    expect(reasonOf(outcome, 'web-2')).toContain(reborn.arn);
    const changed = ['web-5', 'web-6'];
    expect(world.simulator.state.instances()).toEqual(
      edited.map((instance) =>
        changed.includes(instance.name)
          ? { ...instance, metadataOptions: { ...instance.metadataOptions, ...DESIRED } }
          : instance,
      ),
    );
    expect(
      world
        .updates()
        .map((call) => call.instanceName)
        .sort(),
    ).toEqual(changed);
  });

  it('while its write is throttled: it is read again before the next try, there and back', async ({
    onTestFinished,
  }) => {
    const faults = names(3).flatMap((name) => [
      onUpdate(name, { error: 'ThrottlingException' }, { times: 1 }),
      onUpdate(name, { error: 'ThrottlingException' }, { after: 1, times: 1 }),
    ]);
    const onThrottled = new Map<string, () => void>();
    const world = await createWorld({
      onTestFinished,
      fleet: 3,
      scenario: { faults },
      intercept: (lightsail) => ({
        ...lightsail,
        updateInstanceMetadataOptions: (request, call) =>
          lightsail.updateInstanceMetadataOptions(request, call).catch((error: unknown) => {
            const name = request.instanceName ?? '';
            onThrottled.get(name)?.();
            onThrottled.delete(name);
            throw error;
          }),
      }),
    });
    onThrottled.set('web-1', () => world.patch('web-1', { metadataOptions: ELSEWHERE }));
    const rollout = await world.start({ options: DESIRED, stages: [{ name: 'all', size: 'rest', bake: '1m' }] });
    await waitForHold(rollout, 'bake');
    expect(world.instance('web-1').metadataOptions).toMatchObject(ELSEWHERE);
    onThrottled.set('web-2', () => world.recreate('web-2'));
    await rollout.abort({ mode: 'rollback' });
    const outcome = await rollout.result();
    expect(reported(outcome)).toEqual({ 'web-1': 'skipped(drifted)', 'web-2': 'changed, replaced' });
    expect(world.instance('web-2').metadataOptions).toMatchObject(DESIRED);
    expect(world.instance('web-3').metadataOptions).toMatchObject(BEFORE);
  });

  it('while a change is followed: what became of it is told, and nothing is written over', async ({
    onTestFinished,
  }) => {
    const meanwhile: Record<string, () => unknown> = {
      'web-1': () => world.remove('web-1'),
      'web-2': () => {
        world.recreate('web-2');
        world.patch('web-2', { metadataOptions: BEFORE });
      },
      'web-3': () => world.patch('web-3', { metadataOptions: ELSEWHERE }),
      'web-4': () => world.patch('web-4', { metadataOptions: BEFORE }),
    };
    const world = await createWorld({
      onTestFinished,
      fleet: 5,
      intercept: (lightsail) => ({
        ...lightsail,
        updateInstanceMetadataOptions: async (request, call) => {
          const reply = await lightsail.updateInstanceMetadataOptions(request, call);
          meanwhile[request.instanceName ?? '']?.();
          return reply;
        },
      }),
    });
    const { arn } = world.instance('web-2');
    const outcome = await roll(world, {
      ...ONE_STAGE,
      options: DESIRED,
      failure: { max: 50, revert: 'failed' },
      apply: { timeout: '1500ms', pollInterval: '40ms', maxErrors: 3 },
    });
    expect(outcome).toMatchObject({ status: 'completed', result: { counts: { changed: 1, skipped: 2, failed: 2 } } });
    expect(reported(outcome)).toEqual({
      'web-1': 'skipped(gone)',
      'web-2': 'skipped(replaced)',
      'web-3': 'failed(deadline), drifted',
      'web-4': 'failed(deadline), restored',
    });
    // The sixth restores web-4 by an Update of its own, since its change was never seen applied.
    expect(world.updates()).toHaveLength(6);
    expect(world.instance('web-2')).toMatchObject({ arn: expect.not.stringContaining(arn), metadataOptions: BEFORE });
    expect(world.instance('web-3').metadataOptions).toMatchObject(ELSEWHERE);
  });

  it('between apply and rollback: what is gone or replaced is named, and tags do not matter', async ({
    onTestFinished,
  }) => {
    const world = await createWorld({ onTestFinished, fleet: 4 });
    const rollout = await world.start({ options: DESIRED, stages: [{ name: 'all', size: 'rest', bake: '1m' }] });
    await waitForHold(rollout, 'bake');
    world.remove('web-1');
    world.recreate('web-2');
    world.patch('web-3', { tags: { 'imds-rollout': 'skip' } });
    await rollout.abort({ mode: 'rollback' });
    const outcome = await rollout.result();
    expect(outcome).toMatchObject({
      type: 'RolloutRolledBack',
      result: { counts: { restored: 2, gone: 1, replaced: 1 } },
    });
    expect(reported(outcome)).toEqual({ 'web-1': 'changed, gone', 'web-2': 'changed, replaced' });
    expect(tokensOf(world)).toEqual({ 'web-2': 'required', 'web-3': 'optional', 'web-4': 'optional' });
    expect(
      world
        .updates()
        .slice(4)
        .map((call) => call.instanceName)
        .sort(),
    ).toEqual(['web-3', 'web-4']);
  });

  it('while it bakes: the last sweep finds what is gone, replaced, unknown or new', async ({ onTestFinished }) => {
    const world = await createWorld({ onTestFinished, fleet: 5 });
    const rollout = await world.start({
      options: DESIRED,
      spread: [],
      stages: [
        { name: 'most', size: 4, bake: '1h' },
        { name: 'rest', size: 'rest' },
      ],
    });
    await waitForHold(rollout, 'bake');
    world.remove('web-1');
    world.recreate('web-2');
    world.patch('web-3', { metadataOptions: null });
    const { account } = world;
    world.simulator.state.createInstance({ account, region: 'us-east-1', name: 'web-99' });
    await rollout.skipBake();
    const outcome = await rollout.result();
    expect(outcome).toMatchObject({
      status: 'completed',
      result: {
        counts: { changed: 2, gone: 1, replaced: 1, drifted: 1, total: 5 },
        coverage: { total: 5, newSincePlan: 2, unknown: 1 },
      },
    });
    expect(reported(outcome)).toEqual({ 'web-1': 'gone', 'web-2': 'replaced', 'web-3': 'drifted' });
    expect(world.updates()).toHaveLength(5);
  });

  it('in the middle of a change of its own: the plan waits for that, and keeps its values', async ({
    onTestFinished,
  }) => {
    const world = await createWorld({ onTestFinished, fleet: 3, worker: false });
    world.patch('web-1', { metadataOptions: { httpPutResponseHopLimit: 4, state: 'pending' } });
    world.patch('web-2', { metadataOptions: { httpTokens: 'required', state: 'pending' } });
    await world.startWorker();
    const rollout = await world.start({ ...ONE_STAGE, ...GO_ON });
    await until(() => expect(tokensOf(world)['web-3']).toBe('required'));
    world.patch('web-1', { metadataOptions: { state: 'applied' } });
    world.patch('web-2', { metadataOptions: { state: 'applied' } });
    const outcome = await rollout.result();
    expect(outcome).toMatchObject({ status: 'completed' });
    expect(tokensOf(world)).toEqual(each(names(3), 'required'));
    expect(world.instance('web-1').metadataOptions?.httpPutResponseHopLimit).toBe(4);
    expect(world.updates('web-2')).toEqual([]);
  });

  it('before the plan: an instance that opted out is left alone and named', async ({ onTestFinished }) => {
    const world = await createWorld({ onTestFinished, fleet: 3 });
    world.patch('web-1', { tags: { 'imds-rollout': 'skip', app: 'old' } });
    const outcome = await roll(world, ONE_STAGE);
    expect(outcome).toMatchObject({ result: { counts: { changed: 2, skipped: 1 } } });
    expect(reported(outcome)).toEqual({ 'web-1': 'skipped(opted-out)' });
  });
});
