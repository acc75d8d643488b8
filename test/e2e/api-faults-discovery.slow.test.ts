import { describe, expect, it } from 'vitest';
import type { FaultInput } from '../../src/simulator/index.js';
import { ONE_STAGE, reported, resultOf, roll, tokensOf } from '../support/rollouts.js';
import { waitForHold } from '../support/wait.js';
import { createWorld } from '../support/world.js';

const REGIONS = ['ap-south-1', 'eu-west-1', 'us-east-1'];
const BUSY = { name: 'InvalidInputException', message: 'Please try again in a few minutes.' };

function onPage(effect: FaultInput['effect'], more: Partial<FaultInput> = {}): FaultInput {
  return { operation: 'GetInstances', effect, ...more };
}

describe.concurrent('a fleet of several pages', () => {
  it('is changed whole, beyond the default page of 20', async ({ onTestFinished }) => {
    const world = await createWorld({ onTestFinished, fleet: 45 });
    const outcome = await roll(world, { ...ONE_STAGE, concurrency: 7 });
    expect(outcome).toMatchObject({
      status: 'completed',
      result: { counts: { changed: 45, total: 45 }, coverage: { total: 45, required: 45, newSincePlan: 0 } },
    });
    expect(world.updates()).toHaveLength(45);
    for (const { input } of world.updates()) expect(input).toMatchObject({ httpTokens: 'required' });
  });

  it('is read whole through faults that pass', async ({ onTestFinished }) => {
    const effects: readonly FaultInput['effect'][] = [
      { error: 'ThrottlingException' },
      { emptyBody: true },
      { error: BUSY },
      { truncatedBody: true },
      { drop: true },
      { html502: true },
    ];
    // The first page is struck, and then every second call: what has been read before is kept.
    const faults = effects.map((effect, i) => onPage(effect, { after: i, times: 1 }));
    const world = await createWorld({ onTestFinished, fleet: 45, scenario: { pageSize: 5, faults } });
    const outcome = await roll(world, { ...ONE_STAGE, concurrency: 20 });
    expect(outcome).toMatchObject({ status: 'completed', result: { counts: { changed: 45, total: 45 } } });
  });

  it('that leads round in a circle ends the plan', async ({ onTestFinished }) => {
    let first: string | undefined;
    const world = await createWorld({
      onTestFinished,
      fleet: 45,
      intercept: (lightsail) => ({
        ...lightsail,
        getInstances: async (request, call) => {
          const page = await lightsail.getInstances(request, call);
          first ??= page.nextPageToken;
          return first === undefined ? page : { ...page, nextPageToken: first };
        },
      }),
    });
    const outcome = await roll(world);
    expect(outcome).toMatchObject({ status: 'failed', type: 'PlanFailed' });
    expect(outcome).toHaveProperty('message', expect.stringMatching(/^us-east-1 can't be read .*page token/));
    expect(world.updates()).toEqual([]);
  });
});

describe.concurrent('a scope that can not be read', () => {
  const denials = [
    'AccessDeniedException',
    'OptInRequired',
    'UnrecognizedClientException',
    'InvalidClientTokenId',
    'UnauthenticatedException',
  ];
  /** An answer to somebody whom AWS knows. */
  const AT_ONCE = new Set(['AccessDeniedException', 'OptInRequired']);

  it('fails the plan by its name, and nothing is touched in the others', async ({ onTestFinished }) => {
    const world = await createWorld({ onTestFinished, fleet: 25, regions: REGIONS });
    const before = world.simulator.state.instances();
    for (const [i, error] of denials.entries()) {
      // On the first page, and behind a page that could be read: there keys are known to have been good.
      for (const after of AT_ONCE.has(error) ? [0, 1] : [0]) {
        const region = REGIONS[i % REGIONS.length];
        world.simulator.state.addFault(onPage({ error }, { after, ...(region !== undefined && { region }) }));
        const outcome = await roll(world);
        expect(outcome).toMatchObject({ status: 'failed', type: 'PlanFailed' });
        expect(outcome).toHaveProperty('message', expect.stringContaining(`${region} can't be read (`));
        expect(outcome).toHaveProperty('message', expect.stringContaining(error));
        world.simulator.state.clearFaults();
      }
    }
    expect(world.updates()).toEqual([]);
    expect(world.simulator.state.instances()).toEqual(before);
    // Nor does a failed plan keep anybody out.
    expect(await roll(world)).toMatchObject({ status: 'completed' });
  });

  it('at the last sweep leaves the run unverified, with all that it changed in the report', async ({
    onTestFinished,
  }) => {
    const world = await createWorld({ onTestFinished, fleet: 4, regions: REGIONS.slice(0, 2) });
    const rollout = await world.start({ stages: [{ name: 'all', size: 'rest', bake: '10m' }], health: { checks: [] } });
    // All is changed, and without checks only the last sweep is still to come.
    await waitForHold(rollout, 'bake');
    world.simulator.state.addFault(onPage({ error: 'AccessDeniedException' }, { region: 'eu-west-1' }));
    await rollout.skipBake();
    const outcome = await rollout.result();
    expect(outcome).toMatchObject({ status: 'failed', type: 'RolloutHalted' });
    expect(resultOf(outcome)).toMatchObject({ ended: 'halted', counts: { changed: 8, total: 8 } });
    expect(outcome).toHaveProperty('message', expect.stringMatching(/last sweep.*eu-west-1.*AccessDeniedException/s));
    expect(outcome).toHaveProperty('message', expect.not.stringContaining('No instance was changed'));
    expect(reported(outcome)).toEqual({});
    expect(new Set(Object.values(tokensOf(world)))).toEqual(new Set(['required']));
    world.simulator.state.clearFaults();
    expect(await roll(world)).toMatchObject({ status: 'completed', result: { counts: { compliant: 8 } } });
  });
});
