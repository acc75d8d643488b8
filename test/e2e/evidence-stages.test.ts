import { describe, it } from 'vitest';
import type { RolloutHandle } from '../../src/client/index.js';
import type { RolloutSpecInput } from '../../src/rollout/spec.js';
import { agingWorld, usageReadings } from '../support/evidence.js';
import { each, names, reasonOf, reported, resultOf, tokensOf } from '../support/rollouts.js';
import { until, waitForHold } from '../support/wait.js';

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

async function startAndAge(world: AgingWorld, changes: Partial<RolloutSpecInput> = {}): Promise<RolloutHandle> {
  const rollout = await world.start({ ...APPROVED, ...changes });
  await waitForHold(rollout, 'approval');
  await world.untilOld();
  return rollout;
}

describe.concurrent('a host that begins to use IMDSv1 between the plan and its stage', () => {
  it('is left alone, named, and no failure; the others go on', async ({ onTestFinished, expect }) => {
    const world = await agingWorld({ onTestFinished, fleet: 4 });
    const rollout = await startAndAge(world, { evidence: { allow: ['web-4'] } });
    expect(usageReadings(world)).toEqual(names(4));
    world.patch('web-2', { tokenless: 1 });
    world.patch('web-4', { tokenless: 1 });
    await rollout.approve();
    const outcome = await rollout.result();
    expect(outcome).toMatchObject({ status: 'completed', result: { counts: { changed: 3, blocked: 1 } } });
    expect(reported(outcome)).toEqual({ 'web-2': 'blocked(evidence)' });
    expect(reasonOf(outcome, 'web-2')).toMatch(/^1 call without a token in the last 14d, the last after /);
    expect(resultOf(outcome).evidence?.allowed).toMatchObject([{ name: 'web-4', detail: /^1 call without/ }]);
    expect(tokensOf(world)).toEqual({ ...each(names(4), 'required'), 'web-2': 'optional' });
    const log = (await rollout.status()).log.map(({ event }) => event);
    expect(log).toContainEqual(expect.stringMatching(/^1 target of stage canary left alone.*us-east-1\/web-2$/));
  });

  it('halts the rollout where the spec says so', async ({ onTestFinished, expect }) => {
    const world = await agingWorld({ onTestFinished, fleet: 4 });
    const rollout = await startAndAge(world, { evidence: { onExceed: 'fail' } });
    world.patch('web-2', { tokenless: 1 });
    await rollout.approve();
    expect(await rollout.result()).toMatchObject({
      type: 'RolloutHalted',
      message: expect.stringMatching(/The evidence is against 1 instance: us-east-1\/web-2 \(1 call/),
    });
    expect(world.updates()).toEqual([]);
  });

  it('and its whole stage with it leaves nothing that proves the next one', async ({ onTestFinished, expect }) => {
    const world = await agingWorld({ onTestFinished, fleet: 4 });
    const rollout = await startAndAge(world);
    for (const name of ['web-1', 'web-2']) world.patch(name, { tokenless: 1 });
    await rollout.approve();
    expect(await waitForHold(rollout, 'evidence')).toMatchObject({ stages: [{ counts: { blocked: 2 } }, {}] });
    await rollout.approve();
    expect(await rollout.result()).toMatchObject({
      status: 'completed',
      result: { counts: { changed: 2, blocked: 2 } },
    });
  });
});

describe.concurrent('evidence that is out of date and can not be read', () => {
  const denied = { operation: 'GetInstanceMetricData', effect: { error: 'AccessDeniedException' } } as const;
  const throttled = { operation: 'GetInstanceMetricData', effect: { error: 'ThrottlingException' } } as const;

  it('is unknown, as if there were no data', async ({ onTestFinished, expect }) => {
    const world = await agingWorld({ onTestFinished, fleet: 3 });
    const rollout = await startAndAge(world);
    world.simulator.state.addFault({ ...denied, times: 2 });
    await rollout.approve();
    await waitForHold(rollout, 'evidence');
    world.simulator.state.clearFaults();
    await rollout.approve();
    const outcome = await rollout.result();
    expect(outcome).toMatchObject({ status: 'completed', result: { counts: { changed: 1, blocked: 2 } } });
    expect(reasonOf(outcome, 'web-1')).toMatch(/^no evidence: GetInstanceMetricData in us-east-1: AccessDenied/);
  });

  it('lets hosts go ahead where onUnknown does, and says so', async ({ onTestFinished, expect }) => {
    const world = await agingWorld({ onTestFinished, fleet: 3 });
    const rollout = await startAndAge(world, { evidence: { onUnknown: 'allow' } });
    world.simulator.state.addFault(denied);
    await rollout.approve();
    expect(await rollout.result()).toMatchObject({ status: 'completed', result: { counts: { changed: 3 } } });
    const log = (await rollout.status()).log.map(({ event }) => event);
    expect(log).toContain('2 targets of stage canary without evidence go ahead by evidence.onUnknown');
  });

  it('holds up no pause', async ({ onTestFinished, expect }) => {
    const world = await agingWorld({ onTestFinished, fleet: 3 });
    const rollout = await startAndAge(world);
    world.simulator.state.addFault(throttled);
    await rollout.approve();
    await until(() => expect(usageReadings(world).length).toBeGreaterThan(3));
    await rollout.pause();
    await waitForHold(rollout, 'paused');
    world.simulator.state.clearFaults();
    await rollout.resume();
    expect(await rollout.result()).toMatchObject({ status: 'completed', result: { counts: { changed: 3 } } });
  });

  it('holds up no abort', async ({ onTestFinished, expect }) => {
    const world = await agingWorld({ onTestFinished, fleet: 3 });
    const rollout = await startAndAge(world);
    world.simulator.state.addFault(throttled);
    await rollout.approve();
    await until(() => expect(usageReadings(world).length).toBeGreaterThan(3));
    await rollout.abort({ by: 'test' });
    expect(await rollout.result()).toMatchObject({ type: 'RolloutAborted' });
    expect(world.updates()).toEqual([]);
  });
});
