import { describe, it } from 'vitest';
import { readReach } from '../../src/cli/read-fleet.js';
import { InvalidRolloutSpecError, PlanFailedError } from '../../src/client/index.js';
import { createSdkLightsail } from '../../src/lightsail/index.js';
import type { RolloutBounds } from '../../src/rollout/bounds.js';
import { describeOutcome } from '../../src/rollout/outcome.js';
import { planRollout } from '../../src/rollout/planner.js';
import { describeIdle } from '../../src/rollout/selector.js';
import { parseSpec } from '../../src/rollout/spec.js';
import { each, names, reported, roll, startPaused, tokensOf } from '../support/rollouts.js';
import { until, waitForHold } from '../support/wait.js';
import { createWorld, type World } from '../support/world.js';

const STAGES = {
  stages: [
    { name: 'canary', size: 1 },
    { name: 'early', size: 2 },
    { name: 'rest', size: 'rest' },
  ],
  spread: [],
};

/** The plan that the same code makes here. */
async function planHere(world: World, bounds: RolloutBounds) {
  const check = parseSpec(world.spec(STAGES), '2026-11-25');
  if (!check.ok) throw new Error(JSON.stringify(check.problems));
  const { lightsail, close } = createSdkLightsail({
    endpoint: world.simulator.url,
    credentials: world.simulator.credentials,
  });
  const { instances } = await readReach(lightsail, check.spec.targets, {}, { includeHealthStatus: true });
  close();
  const planning = planRollout(check.spec, instances, bounds);
  if (!planning.ok) throw new Error(planning.message);
  return planning.plan;
}

describe.concurrent('a plan that a worker makes', () => {
  it('is the plan that is made here, whole, and writes nothing', async ({ onTestFinished, expect }) => {
    const world = await createWorld({ onTestFinished, fleet: 30, regions: ['us-east-1', 'eu-west-1'] });
    for (const name of ['web-4', 'web-5', 'web-6']) world.remove(name, 'eu-west-1');
    world.patch('web-4', { tags: { 'imds-rollout': 'skip' } });
    world.patch('web-5', { healthy: false });
    world.patch('web-6', { metadataOptions: { httpTokens: 'required' } });
    const { taskQueue, rollouts } = world;
    const { settled } = await rollouts.plan(world.spec(STAGES), { taskQueue, bounds: { only: ['web-7'] } });
    const outcomes = Object.fromEntries(settled.map(({ name, outcome }) => [name, describeOutcome(outcome)]));
    expect(outcomes).toMatchObject({
      'web-4': 'skipped(opted-out)',
      'web-5': 'blocked(unhealthy)',
      'web-6': 'compliant',
    });
    for (const bounds of [{}, { until: 'early' }, { only: ['us-east-1/web-7', 'web-8'], limit: 2 }]) {
      const remote = await rollouts.plan(world.spec(STAGES), { taskQueue, bounds });
      expect(remote).toEqual(JSON.parse(JSON.stringify(await planHere(world, bounds))));
    }
    expect(world.updates()).toEqual([]);
  });

  it('names the words of exclude that match nothing in any region, though the selection has none of them', async ({
    onTestFinished,
    expect,
  }) => {
    const regions = ['us-east-1', 'eu-west-1'];
    const world = await createWorld({ onTestFinished, fleet: 25, regions });
    world.remove('web-25', 'us-east-1');
    // One is in the second region only, and on its last page.
    const exclude = { names: ['web-25', 'legcy-7'], tags: { env: ['prod'] } };
    const spec = world.spec({ ...STAGES, targets: { regions, exclude } });
    const { warnings } = await world.rollouts.plan(spec, { taskQueue: world.taskQueue });
    const said = 'targets.exclude (legcy-7, tag env: prod) matches no instance.';
    expect(warnings).toContain(said);
    const { lightsail, close } = createSdkLightsail({
      endpoint: world.simulator.url,
      credentials: world.simulator.credentials,
    });
    const { idleExclude } = await readReach(lightsail, { regions }, { exclude }).finally(close);
    expect(describeIdle('targets.exclude', idleExclude)).toEqual([said]);
  });

  it('fails with the region that can not be read, and with bounds that select nothing', async ({
    onTestFinished,
    expect,
  }) => {
    const world = await createWorld({ onTestFinished, fleet: 2 });
    const { taskQueue, rollouts } = world;
    const failure = rollouts.plan(world.spec(), { taskQueue, bounds: { only: ['web-9'] } });
    await expect(failure).rejects.toThrow(PlanFailedError);
    await expect(failure).rejects.toThrow('"web-9" is no instance of the selection');
    world.simulator.state.addFault({ operation: 'GetInstances', effect: { error: 'AccessDeniedException' } });
    await expect(rollouts.plan(world.spec(), { taskQueue })).rejects.toThrow(/us-east-1 can't be read/);
    await expect(rollouts.plan(world.spec(), { taskQueue, bounds: { until: 'canari' } })).rejects.toThrow(
      'did you mean "canary"',
    );
  });
});

describe.concurrent('a plan that is not to be had', () => {
  it('since it is larger than a workflow may return says so, and what to do', async ({ onTestFinished, expect }) => {
    const fleet = [{ region: 'us-east-1', prefix: 'x'.repeat(250), count: 7_000 }];
    const world = await createWorld({ onTestFinished, fleet, scenario: { pageSize: 1_000 } });
    const { taskQueue, rollouts } = world;
    const failure = rollouts.plan(world.spec(), { taskQueue });
    await expect(failure).rejects.toMatchObject({
      type: 'PlanFailed',
      message: expect.stringMatching(/larger than a workflow may return.*split the spec/),
    });
  });

  it('since it was cancelled is no region that can not be read', async ({ onTestFinished, expect }) => {
    const world = await createWorld({ onTestFinished, fleet: 1 });
    const { taskQueue, rollouts, client } = world;
    world.simulator.state.addFault({ operation: 'GetInstances', effect: { error: 'ThrottlingException' } });
    const workflowId = `plan-${world.account}`;
    const plan = rollouts.plan(world.spec(), { taskQueue, workflowId });
    const failure = expect(plan).rejects.toThrow(`${workflowId} ended without a plan`);
    await until(() => expect(world.simulator.state.calls({ operation: 'GetInstances' })).not.toEqual([]));
    await client.workflow.getHandle(workflowId).cancel();
    await failure;
    expect(await client.workflow.getHandle(workflowId).describe()).toMatchObject({ status: { name: 'CANCELLED' } });
  });
});

describe.concurrent('a plan that is refused', () => {
  it('by the configuration of the worker names the field', async ({ onTestFinished, expect }) => {
    const world = await createWorld({ onTestFinished, fleet: 1 });
    const { taskQueue, rollouts } = world;
    const checks = [{ activity: { type: 'myCheck', taskQueue: 'theirs' } }];
    const refusal = rollouts.plan(world.spec({ health: { checks } }), { taskQueue });
    await expect(refusal).rejects.toThrow(InvalidRolloutSpecError);
    await expect(refusal).rejects.toMatchObject({ problems: [{ path: 'health.checks[0].activity.taskQueue' }] });
  });
});

describe.concurrent('a start', () => {
  it.for<[string, RolloutBounds, string[]]>([
    ['of only some instances', { only: ['web-2', 'web-5'] }, ['web-2', 'web-5']],
    ['with a limit', { limit: 2 }, ['web-1', 'web-2']],
    ['up to a stage', { until: 'early' }, ['web-1', 'web-2', 'web-3']],
  ])('%s changes exactly these, and names the others', async ([, bounds, changed], { onTestFinished, expect }) => {
    const world = await createWorld({ onTestFinished, fleet: 5 });
    const { taskQueue, rollouts } = world;
    const rollout = await rollouts.start(world.spec(STAGES), { taskQueue, bounds });
    const outcome = await rollout.result();
    expect(outcome).toMatchObject({ status: 'completed' });
    expect(tokensOf(world)).toEqual({ ...each(names(5), 'optional'), ...each(changed, 'required') });
    const others = names(5).filter((name) => !changed.includes(name));
    expect(reported(outcome)).toEqual(each(others, 'skipped(left-out)'));
  });

  it('from a plan carries out that plan', async ({ onTestFinished, expect }) => {
    const world = await createWorld({ onTestFinished, fleet: 5 });
    const { taskQueue, rollouts } = world;
    const { hash } = await rollouts.plan(world.spec(STAGES), { taskQueue, bounds: { limit: 3 } });
    const rollout = await rollouts.start(world.spec(STAGES), { taskQueue, bounds: { limit: 3, planHash: hash } });
    expect(await rollout.result()).toMatchObject({ status: 'completed', result: { planHash: hash } });
  });

  it.for<[string, (world: World) => void]>([
    [
      'an instance was added',
      (world) => {
        const { account, simulator } = world;
        simulator.state.createInstance({ account, region: 'us-east-1', name: 'web-6' });
      },
    ],
    ['an instance was made anew', (world) => void world.recreate('web-2')],
    [
      'an option was changed elsewhere',
      (world) => world.patch('web-2', { metadataOptions: { httpTokens: 'required' } }),
    ],
    ['an instance fell ill', (world) => world.patch('web-2', { healthy: false })],
  ])('from a plan that no longer fits, since %s, changes nothing', async ([, happen], { onTestFinished, expect }) => {
    const world = await createWorld({ onTestFinished, fleet: 5 });
    const { taskQueue, rollouts } = world;
    const { hash } = await rollouts.plan(world.spec(STAGES), { taskQueue });
    happen(world);
    const rollout = await rollouts.start(world.spec(STAGES), { taskQueue, bounds: { planHash: hash } });
    expect(await rollout.result()).toMatchObject({
      type: 'PlanFailed',
      message: expect.stringMatching(new RegExp(`${hash} was asked for.*Look at a new plan`)),
    });
    expect(world.updates()).toEqual([]);
  });

  it('from a plan that no longer fits once another rollout has ended changes nothing more, and keeps no lease', async ({
    onTestFinished,
    expect,
  }) => {
    const world = await createWorld({ onTestFinished, fleet: 3, worker: false });
    const first = await startPaused(world, { name: `first-${world.account}` });
    const { taskQueue, rollouts } = world;
    const waiting = world.spec({ ...STAGES, busy: { wait: '1m' } });
    const { hash } = await rollouts.plan(waiting, { taskQueue });
    const second = await rollouts.start(waiting, { taskQueue, bounds: { planHash: hash } });
    await waitForHold(second, 'lease');
    await first.resume();
    expect(await first.result()).toMatchObject({ status: 'completed' });
    expect(await second.result()).toMatchObject({ type: 'PlanFailed' });
    expect(world.updates()).toHaveLength(3);
    world.patch('web-1', { metadataOptions: { httpTokens: 'optional' } });
    expect(await roll(world, { name: `third-${world.account}` })).toMatchObject({ status: 'completed' });
  });

  it('with bounds that mean nothing ends at once, from any client', async ({ onTestFinished, expect }) => {
    const world = await createWorld({ onTestFinished, fleet: 2 });
    const handle = await world.client.workflow.start('imdsRollout', {
      workflowId: `bounds-${world.account}`,
      taskQueue: world.taskQueue,
      args: [world.spec(), { onyl: ['web-1'] }],
    });
    await expect(handle.result()).rejects.toMatchObject({
      cause: { type: 'InvalidRolloutSpec', message: expect.stringContaining('did you mean "only"') },
    });
    expect(world.updates()).toEqual([]);
  });
});
