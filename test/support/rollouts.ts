import { vi } from 'vitest';
import type { RolloutHandle, RolloutOutcome, RolloutResult, RolloutStatus } from '../../src/client/index.js';
import type { RolloutSpecInput } from '../../src/rollout/spec.js';
import type { FaultInput } from '../../src/simulator/index.js';
import type { World } from './world.js';

type SpecChanges = Partial<RolloutSpecInput>;

/** One stage for all. */
export const ONE_STAGE: SpecChanges = { stages: [{ name: 'all', size: 'rest' }] };

/** Goes on whatever fails, and leaves it as it is. */
export const GO_ON: SpecChanges = { failure: { max: 50, revert: 'none' } };

const PATIENCE = { timeout: 30_000, interval: 40 };

/** Waits until `check` no longer throws. */
export function until<T>(check: () => T | Promise<T>): Promise<T> {
  return vi.waitFor(check, PATIENCE);
}

export function start(world: World, changes?: SpecChanges): Promise<RolloutHandle> {
  return world.rollouts.start(world.spec(changes), { taskQueue: world.taskQueue });
}

/** Starts a rollout and waits until it has ended. */
export async function roll(world: World, changes?: SpecChanges): Promise<RolloutOutcome> {
  return (await start(world, changes)).result();
}

/**
 * Starts a rollout that has made its plan and waits, paused, before its first stage. The world must have no worker yet:
 * so the pause is there before the first step.
 */
export async function startPaused(world: World, changes?: SpecChanges): Promise<RolloutHandle> {
  const rollout = await start(world, changes);
  const paused = rollout.pause({ by: 'test' });
  await world.startWorker();
  await paused;
  await waitingFor(rollout, 'paused');
  return rollout;
}

/** Waits until the rollout waits for that. */
export function waitingFor(rollout: RolloutHandle, hold: string): Promise<RolloutStatus> {
  return until(async () => {
    const status = await rollout.status();
    if (status.waiting?.for !== hold) throw new Error(`${status.phase}, waits for ${status.waiting?.for ?? 'nothing'}`);
    return status;
  });
}

/** The result, however the rollout ended. */
export function resultOf(outcome: RolloutOutcome): RolloutResult {
  if (outcome.result === undefined) throw new Error(`no result: ${JSON.stringify(outcome)}`);
  return outcome.result;
}

/** What the report says of each target that it names. */
export function reported(outcome: RolloutOutcome): Record<string, string> {
  return Object.fromEntries(resultOf(outcome).exceptions.map((entry) => [entry.name, entry.outcome]));
}

/** Why the report names that target. */
export function reasonOf(outcome: RolloutOutcome, name: string): string | undefined {
  return resultOf(outcome).exceptions.find((entry) => entry.name === name)?.reason;
}

/** httpTokens of every instance, as they really are. */
export function tokensOf(world: World): Record<string, string | undefined> {
  return Object.fromEntries(
    world.simulator.state.instances().map((instance) => [instance.name, instance.metadataOptions?.httpTokens]),
  );
}

/** The same value for each of the names. */
export function each<T>(names: Iterable<string>, value: T): Record<string, T> {
  return Object.fromEntries(Array.from(names, (name) => [name, value]));
}

/** @example names(2) // ['web-1', 'web-2'] */
export function names(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `web-${index + 1}`);
}

/** A fault that strikes Updates of one instance. */
export function onUpdate(instance: string, effect: FaultInput['effect'], more: Partial<FaultInput> = {}): FaultInput {
  return { operation: 'UpdateInstanceMetadataOptions', instance, effect, ...more };
}

/** A fault that strikes readings of one instance. */
export function onRead(instance: string, effect: FaultInput['effect'], more: Partial<FaultInput> = {}): FaultInput {
  return { operation: 'GetInstance', instance, effect, ...more };
}
