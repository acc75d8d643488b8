import { expect, it } from 'vitest';
import { heldChanges } from '../support/faults.js';
import { letGo } from '../support/held.js';
import { ONE_STAGE, resultOf } from '../support/rollouts.js';
import { until } from '../support/wait.js';
import { createWorld, type World } from '../support/world.js';

const FLEET = 2_000;

/** What Temporal warns at; it refuses 2 MB. An event as JSON is larger than its payload. */
const LARGE_PAYLOAD = 256 * 1_024;

interface HistorySize {
  readonly events: number;
  readonly largest: number;
}

async function historyOf(world: World, workflowId: string): Promise<HistorySize> {
  const { events = [] } = await world.client.workflow.getHandle(workflowId).fetchHistory();
  const sizes = (events ?? []).map((event) => JSON.stringify(event).length);
  return { events: sizes.length, largest: Math.max(...sizes) };
}

it('of 2,000 targets meets no limit of payloads, messages or histories', async ({ onTestFinished }) => {
  const scenario = { pending: { min: 1, max: 5 }, faults: heldChanges({ after: 1_200 }) };
  const world = await createWorld({ onTestFinished, fleet: FLEET, scenario });
  const before = world.simulator.state.instances();
  const rollout = await world.start({
    ...ONE_STAGE,
    concurrency: 100,
    rollback: { concurrency: 100 },
    health: { checks: [] },
    apply: { timeout: '1m', pollInterval: '100ms' },
  });
  await until(() => expect(world.updates()).toHaveLength(1_300), 3);
  await world.client.workflow.getHandle(rollout.workflowId).terminate('by hand');
  const rollback = await world.rollouts.rollback([{ workflowId: rollout.workflowId }]);
  letGo(world);
  const outcome = await rollback.result();
  expect(outcome).toMatchObject({ status: 'completed', result: { ended: 'rolled-back', exceptions: [] } });
  expect(resultOf(outcome).counts.restored).toBe(world.updates().length / 2);
  expect(resultOf(outcome).counts.restored).toBeGreaterThan(1_200);
  expect(world.simulator.state.instances()).toEqual(before);
  const size = await historyOf(world, rollback.workflowId);
  expect(size.events).toBeLessThan(500);
  expect(size.largest).toBeLessThan(LARGE_PAYLOAD);
});
