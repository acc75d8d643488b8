import type { RolloutHandle, RolloutOutcome, RolloutResult } from '../../src/client/index.js';
import type { RolloutSpecInput } from '../../src/rollout/spec.js';
import { waitForHold } from './wait.js';
import type { World } from './world.js';

type SpecChanges = Partial<RolloutSpecInput>;

/** One stage for all. */
export const ONE_STAGE: SpecChanges = { stages: [{ name: 'all', size: 'rest' }] };

/** Goes on whatever fails, and leaves it as it is. */
export const GO_ON: SpecChanges = { failure: { max: 50, revert: 'none' } };

/** Starts a rollout and waits until it has ended. */
export async function roll(world: World, changes?: SpecChanges): Promise<RolloutOutcome> {
  return (await world.start(changes)).result();
}

/**
 * Starts a rollout that has made its plan and waits, paused, before its first stage. The world must have no worker yet:
 * so the pause is there before the first step.
 */
export async function startPaused(world: World, changes?: SpecChanges): Promise<RolloutHandle> {
  const rollout = await world.start(changes);
  const paused = rollout.pause({ by: 'test' });
  await world.startWorker();
  await paused;
  await waitForHold(rollout, 'paused');
  return rollout;
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
