import { vi } from 'vitest';
import type { RolloutHandle } from '../../src/client/index.js';
import type { RolloutStatus } from '../../src/rollout/status.js';

const PATIENCE = { timeout: 90_000, interval: 20 } as const;

/** Waits until `isTrue` says so; what it waited for stands in the error. */
export async function waitUntil(what: string, isTrue: () => boolean | Promise<boolean>): Promise<void> {
  await vi.waitFor(async () => {
    if (!(await isTrue())) throw new Error(`still waiting: ${what}`);
  }, PATIENCE);
}

/** Waits until the rollout's status is as wanted, and returns it. */
export async function waitForStatus(
  rollout: RolloutHandle,
  isWanted: (status: RolloutStatus) => boolean,
): Promise<RolloutStatus> {
  return vi.waitFor(async () => {
    const status = await rollout.status();
    if (!isWanted(status)) throw new Error(`still waiting, with ${JSON.stringify(status)}`);
    return status;
  }, PATIENCE);
}

/** Waits until the rollout waits for this. */
export function waitForHold(
  rollout: RolloutHandle,
  reason: NonNullable<RolloutStatus['waiting']>['for'],
): Promise<RolloutStatus> {
  return waitForStatus(rollout, ({ waiting }) => waiting?.for === reason);
}
