import { describe, expect, it } from 'vitest';
import type { RolloutSpecInput } from '../../src/rollout/spec.js';
import { denied, noWayBack, stuck } from '../support/faults.js';
import { tokensOf } from '../support/rollouts.js';
import { createWorld } from '../support/world.js';

/** A deadline that a working instance keeps easily, and that a stuck one reaches soon. */
const IMPATIENT: RolloutSpecInput['apply'] = { timeout: '1500ms', pollInterval: '40ms', maxErrors: 3 };

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
    expect(outcome).toMatchObject({ message: expect.stringContaining('InvalidInputException') });
    const left = outcome.result?.exceptions.filter(({ outcome }) => outcome === 'changed, restore-failed');
    expect(left?.map(({ name }) => name).sort()).toEqual(['web-2', 'web-4', 'web-6']);
    expect(tokensOf(world)).toMatchObject({ 'web-1': 'optional', 'web-3': 'optional', 'web-5': 'optional' });
  });
});

it.concurrent('goes back in the reverse order of change', async ({ onTestFinished }) => {
  const world = await createWorld({ onTestFinished, fleet: 6, scenario: { faults: denied('web-6') } });
  const rollout = await world.start({
    concurrency: 1,
    rollback: { concurrency: 1 },
    spread: [],
    stages: [
      { name: 'canary', size: 1 },
      { name: 'early', size: 2 },
      { name: 'rest', size: 'rest' },
    ],
  });
  expect(await rollout.result()).toMatchObject({ type: 'RolloutRolledBack' });
  const order = (httpTokens: string) =>
    world
      .updates()
      .filter(({ input, error }) => error === null && (input as { httpTokens: string }).httpTokens === httpTokens)
      .map(({ instanceName }) => instanceName);
  expect(order('required')).toEqual(['web-1', 'web-2', 'web-3', 'web-4', 'web-5']);
  expect(order('optional')).toEqual(order('required').reverse());
});
