import { it, onTestFinished } from 'vitest';
import type { RolloutHandle } from '../../../src/client/index.js';
import type { RolloutSpecInput } from '../../../src/rollout/spec.js';
import type { FaultInput } from '../../../src/simulator/index.js';
import { agingWorld, usageReadings } from '../../support/evidence.js';
import { waitForHold, waitUntil } from '../../support/wait.js';
import { createWorld } from '../../support/world.js';
import { recordRun } from '../corpus.js';

const THROTTLED: FaultInput = { operation: 'GetInstanceMetricData', effect: { error: 'ThrottlingException' } };

/** The plan has its evidence, and then the first stage waits until it is out of date. */
const APPROVED: Partial<RolloutSpecInput> = {
  stages: [
    { name: 'canary', size: 2, approval: {} },
    { name: 'rest', size: 'rest' },
  ],
  spread: [],
  evidence: {},
  health: { checks: [] },
};

type AgingWorld = Awaited<ReturnType<typeof agingWorld>>;

async function startAndAge(changes: Partial<RolloutSpecInput> = {}) {
  const world = await agingWorld({ onTestFinished, fleet: 3 });
  const rollout = await world.start({ ...APPROVED, ...changes });
  await waitForHold(rollout, 'approval');
  await world.untilOld();
  return { world, rollout };
}

/** In the corpus an hour has passed where readings were too old in this world after a moment. */
async function recordAged(name: string, world: AgingWorld, rollout: RolloutHandle): Promise<void> {
  await rollout.result();
  await recordRun(name, world, rollout, ['approve', 'resume']);
}

it('records an abort while the plan reads its evidence', async () => {
  const world = await createWorld({ fleet: 1, scenario: { faults: [THROTTLED] } });
  const rollout = await world.start({ evidence: {} });
  await waitUntil('it reads', () => usageReadings(world).length > 0);
  await rollout.abort({ by: 'recorder' });
  await rollout.result();
  await recordRun('unweighed-rollout', world, rollout);
});

it('records instances that have begun to use IMDSv1 before their stage', async () => {
  const left = await startAndAge();
  left.world.patch('web-1', { tokenless: 1 });
  await left.rollout.approve();
  await recordAged('reweighed-rollout', left.world, left.rollout);

  const failing = await startAndAge({ evidence: { onExceed: 'fail' } });
  failing.world.patch('web-1', { tokenless: 1 });
  await failing.rollout.approve();
  await recordAged('outweighed-rollout', failing.world, failing.rollout);
});

it('records evidence that is out of date and can not be read', async () => {
  const allowed = await startAndAge({ evidence: { onUnknown: 'allow' } });
  allowed.world.simulator.state.addFault({ ...THROTTLED, effect: { error: 'AccessDeniedException' } });
  await allowed.rollout.approve();
  await recordAged('unknown-rollout', allowed.world, allowed.rollout);

  for (const [name, isAborted] of [
    ['paused-reading', false],
    ['aborted-reading', true],
  ] as const) {
    const { world, rollout } = await startAndAge();
    world.simulator.state.addFault(THROTTLED);
    await rollout.approve();
    await waitUntil('it reads anew', () => usageReadings(world).length > 3);
    await rollout.pause();
    await waitForHold(rollout, 'paused');
    if (isAborted) await rollout.abort();
    world.simulator.state.clearFaults();
    if (!isAborted) await rollout.resume();
    await recordAged(name, world, rollout);
  }
});
