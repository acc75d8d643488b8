import { setTimeout as delay } from 'node:timers/promises';
import type { RolloutHandle } from '../../src/client/index.js';
import type { RolloutStatus } from '../../src/rollout/status.js';

/**
 * Patience is counted in checks, about two minutes of them on a quiet machine: on a busy one each check takes longer, and the
 * patience grows with it. The time limit of the test itself is for what hangs.
 */
const CHECKS = 600;

/** Between two checks, in milliseconds: short at first, since most conditions hold within a second. */
const FIRST_PAUSE = 20;
const LONGEST_PAUSE = 200;
const GROWTH = 1.05;

/**
 * The one way to wait in a test: checks until `check` no longer throws, and returns what it returns.
 *
 * @param times - how many times as patiently as usual
 */
export async function until<T>(check: () => T | Promise<T>, times = 1): Promise<T> {
  let pause = FIRST_PAUSE;
  for (let checks = 1; ; checks += 1) {
    try {
      return await check();
    } catch (error) {
      if (checks >= times * CHECKS) throw error;
    }
    await delay(pause);
    pause = Math.min(LONGEST_PAUSE, pause * GROWTH);
  }
}

/** Waits until `isTrue` says so; what it waited for stands in the error. */
export async function waitUntil(what: string, isTrue: () => boolean | Promise<boolean>): Promise<void> {
  await until(async () => {
    if (!(await isTrue())) throw new Error(`still waiting: ${what}`);
  });
}

/** Waits until the rollout's status is as wanted, and returns it. */
export function waitForStatus(
  rollout: RolloutHandle,
  isWanted: (status: RolloutStatus) => boolean,
): Promise<RolloutStatus> {
  return until(async () => {
    const status = await rollout.status();
    if (!isWanted(status)) throw new Error(`still waiting, with ${JSON.stringify(status)}`);
    return status;
  });
}

/** Waits until the rollout waits for this. */
export function waitForHold(
  rollout: RolloutHandle,
  reason: NonNullable<RolloutStatus['waiting']>['for'],
): Promise<RolloutStatus> {
  return waitForStatus(rollout, ({ waiting }) => waiting?.for === reason);
}
