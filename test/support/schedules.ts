import type { ScheduleDescription } from '@temporalio/client';
import type { TestContext } from 'vitest';
import { RolloutSchedules, type ScheduleWish } from '../../src/client/index.js';
import type { RolloutSpecInput } from '../../src/rollout/spec.js';

import { until, waitUntil } from './wait.js';
import type { World } from './world.js';

/** A schedule of a world; it is deleted before the world is taken down. */
export interface WorldSchedule {
  readonly id: string;
  readonly schedules: RolloutSchedules;
  describe(): Promise<ScheduleDescription>;
  /** Waits until it is as wanted, and returns it; what it was last stands in the error. */
  whenIs(what: string, isWanted: (schedule: ScheduleDescription) => boolean): Promise<ScheduleDescription>;
  /** Starts a run now, waits until it has ended, and returns its workflow ID and what it is. */
  run(): Promise<{ readonly workflowId: string; readonly runId: string }>;
}

export async function createSchedule(
  world: World,
  { onTestFinished }: Pick<TestContext, 'onTestFinished'>,
  wish: ScheduleWish,
  changes: Partial<RolloutSpecInput> = {},
): Promise<WorldSchedule> {
  const schedules = new RolloutSchedules(world.client);
  const { id } = await schedules.save(world.spec(changes), { taskQueue: world.taskQueue, ...wish });
  onTestFinished(() => schedules.delete(id).catch(() => {}));
  const describe = () => schedules.describe(id);
  const whenIs: WorldSchedule['whenIs'] = (what, isWanted) =>
    until(async () => {
      const schedule = await describe();
      if (!isWanted(schedule)) throw new Error(`not yet: ${what}: ${JSON.stringify([schedule.state, schedule.info])}`);
      return schedule;
    });
  return {
    id,
    schedules,
    describe,
    whenIs,
    run: async () => {
      const before = (await describe()).info.numActionsTaken;
      await schedules.trigger(id);
      const { info } = await whenIs('a run is started', (schedule) => schedule.info.numActionsTaken > before);
      const { workflowId, firstExecutionRunId: runId = '' } = info.recentActions.at(-1)?.action.workflow ?? {};
      const workflow = world.client.workflow.getHandle(workflowId ?? '', runId);
      await waitUntil('it has ended', async () => (await workflow.describe()).closeTime !== undefined);
      return { workflowId: workflowId ?? '', runId };
    },
  };
}
