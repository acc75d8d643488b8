import { describe, it } from 'vitest';
import type { RolloutSpecInput } from '../../src/rollout/spec.js';
import { names, ONE_STAGE, reasonOf, reported, startPaused } from '../support/rollouts.js';
import { waitForHold } from '../support/wait.js';
import { createWorld, type World } from '../support/world.js';

const BEFORE = { httpTokens: 'optional', httpPutResponseHopLimit: 1 } as const;
const DESIRED = { httpTokens: 'required', httpPutResponseHopLimit: 2 } as const;
const ELSEWHERE = { httpTokens: 'required', httpPutResponseHopLimit: 5 } as const;

const IMPATIENT: RolloutSpecInput['apply'] = { timeout: '600ms', pollInterval: '40ms', maxErrors: 3 };

/** How the fleet has to stand: as it was edited, but for those that the rollout was to set. */
function editedBut(fleet: ReturnType<typeof snapshot>, set: readonly string[], options: object) {
  return fleet.map((instance) =>
    set.includes(instance.name)
      ? { ...instance, metadataOptions: { ...instance.metadataOptions, ...options } }
      : instance,
  );
}

function snapshot(world: World) {
  return world.simulator.state.instances();
}

function updated(world: World, from = 0): string[] {
  return world
    .updates()
    .slice(from)
    .map(({ instanceName }) => instanceName ?? '')
    .sort();
}

describe.concurrent('scenario 9: an instance that someone else changes', () => {
  it('between plan and apply is not written over, and is named', async ({ onTestFinished, expect }) => {
    const world = await createWorld({ onTestFinished, fleet: 6, worker: false });
    const rollout = await startPaused(world, { ...ONE_STAGE, options: DESIRED, apply: IMPATIENT });
    world.patch('web-1', { metadataOptions: ELSEWHERE });
    world.patch('web-2', { metadataOptions: { httpTokens: 'required' } });
    world.patch('web-3', { metadataOptions: { ...ELSEWHERE, state: 'pending' } });
    world.patch('web-4', { metadataOptions: DESIRED });
    world.patch('web-5', { metadataOptions: { httpEndpoint: 'disabled' } });
    const edited = snapshot(world);
    await rollout.resume();
    const outcome = await rollout.result();
    expect(outcome).toMatchObject({
      status: 'completed',
      result: { counts: { changed: 2, compliant: 1, skipped: 2, blocked: 1, total: 6 } },
    });
    expect(reported(outcome)).toEqual({
      'web-1': 'skipped(drifted)',
      'web-2': 'skipped(drifted)',
      'web-3': 'blocked(changing)',
    });
    expect(reasonOf(outcome, 'web-2')).toContain('httpTokens optional → required');
    expect(snapshot(world)).toEqual(editedBut(edited, ['web-5', 'web-6'], DESIRED));
    expect(updated(world)).toEqual(['web-5', 'web-6']);
  });

  it('between apply and rollback goes back only where it still stands as this run left it', async ({
    onTestFinished,
    expect,
  }) => {
    const world = await createWorld({ onTestFinished, fleet: 5 });
    const rollout = await world.start({
      options: DESIRED,
      stages: [{ name: 'all', size: 'rest', bake: '1m' }],
      apply: IMPATIENT,
    });
    await waitForHold(rollout, 'bake');
    expect(updated(world)).toEqual(names(5));
    world.patch('web-1', { metadataOptions: ELSEWHERE });
    world.patch('web-2', { metadataOptions: { httpTokens: 'optional' } });
    world.patch('web-3', { metadataOptions: BEFORE });
    world.patch('web-4', { metadataOptions: { httpEndpoint: 'disabled' } });
    const edited = snapshot(world);
    await rollout.abort({ mode: 'rollback' });
    const outcome = await rollout.result();
    expect(outcome).toMatchObject({
      type: 'RolloutRolledBack',
      result: { counts: { restored: 3, drifted: 2, total: 5 } },
    });
    expect(reported(outcome)).toEqual({ 'web-1': 'changed, drifted', 'web-2': 'changed, drifted' });
    expect(snapshot(world)).toEqual(editedBut(edited, ['web-4', 'web-5'], BEFORE));
    expect(updated(world, 5)).toEqual(['web-4', 'web-5']);
  });

  it('during bake is found by the last sweep, and only one that is back at its old values has failed', async ({
    onTestFinished,
    expect,
  }) => {
    const world = await createWorld({ onTestFinished, fleet: 5 });
    const rollout = await world.start({
      options: DESIRED,
      stages: [
        { name: 'most', size: 4, bake: '1h' },
        { name: 'rest', size: 'rest' },
      ],
      spread: [],
      failure: { max: 1, revert: 'none' },
    });
    await waitForHold(rollout, 'bake');
    world.patch('web-1', { metadataOptions: ELSEWHERE });
    world.patch('web-2', { metadataOptions: BEFORE });
    world.patch('web-3', { metadataOptions: { httpEndpoint: 'disabled' } });
    const edited = snapshot(world);
    await rollout.skipBake();
    const outcome = await rollout.result();
    expect(outcome).toMatchObject({
      status: 'completed',
      result: { counts: { changed: 3, drifted: 1, failed: 1, total: 5 } },
    });
    expect(reported(outcome)).toEqual({ 'web-1': 'drifted', 'web-2': 'failed(reverted)' });
    expect(snapshot(world)).toEqual(editedBut(edited, ['web-5'], DESIRED));
    expect(updated(world)).toEqual(names(5));
  });

  it('during bake beyond the budget takes the others back, and leaves what is foreign', async ({
    onTestFinished,
    expect,
  }) => {
    const world = await createWorld({ onTestFinished, fleet: 4 });
    const before = snapshot(world);
    const rollout = await world.start({ options: DESIRED, stages: [{ name: 'all', size: 'rest', bake: '1h' }] });
    await waitForHold(rollout, 'bake');
    world.patch('web-1', { metadataOptions: ELSEWHERE });
    world.patch('web-2', { metadataOptions: BEFORE });
    await rollout.skipBake();
    const outcome = await rollout.result();
    expect(outcome).toMatchObject({
      type: 'RolloutRolledBack',
      result: { reason: '1 of 4 targets of stage "all" failed, 0 may', counts: { restored: 2, failed: 1, drifted: 1 } },
    });
    expect(reported(outcome)).toEqual({ 'web-1': 'drifted, drifted', 'web-2': 'failed(reverted), restored' });
    expect(snapshot(world)).toEqual(editedBut(before, ['web-1'], ELSEWHERE));
    expect(updated(world, 4)).toEqual(['web-3', 'web-4']);
  });
});
