import { describe, expect, it } from 'vitest';
import type { RolloutSpecInput } from '../../src/rollout/spec.js';
import type { InstanceView } from '../../src/simulator/index.js';
import { onUpdate } from '../support/faults.js';
import { SINGLE_READS } from '../support/in-change.js';
import { each, GO_ON, names, ONE_STAGE, reported, resultOf, roll, startPaused, tokensOf } from '../support/rollouts.js';
import { until, waitForHold } from '../support/wait.js';
import { createWorld } from '../support/world.js';

type Options = RolloutSpecInput['options'];

const TOKENS = ['optional', 'required'] as const;
const SWITCH = ['enabled', 'disabled'] as const;

describe.concurrent('the asked options', () => {
  /** Every way in which an instance may stand. */
  const fleet = TOKENS.flatMap((httpTokens) =>
    SWITCH.flatMap((httpEndpoint) =>
      [1, 3].flatMap((httpPutResponseHopLimit) =>
        SWITCH.map((httpProtocolIpv6) => ({
          httpTokens,
          httpEndpoint,
          httpPutResponseHopLimit,
          httpProtocolIpv6,
        })),
      ),
    ),
  );
  const asks: readonly Options[] = [
    { httpTokens: 'required' },
    { httpTokens: 'optional' },
    { httpPutResponseHopLimit: 3 },
    { httpEndpoint: 'disabled' },
    { httpProtocolIpv6: 'enabled' },
    { httpTokens: 'required', httpPutResponseHopLimit: 2 },
    { httpEndpoint: 'enabled', httpPutResponseHopLimit: 3, httpProtocolIpv6: 'disabled' },
  ];

  it.for(asks)('%o are set, nothing else is, and exactly they go back', async (options, { onTestFinished }) => {
    const region = 'eu-north-1';
    const world = await createWorld({
      onTestFinished,
      regions: [region],
      fleet: fleet.map((before, i) => ({ region, prefix: `kind${i + 1}-`, count: 1, options: before })),
    });
    const before = world.simulator.state.instances();
    const wanting = before.filter((instance) => !has(instance, options));
    const rollout = await world.start({
      options,
      stages: [{ name: 'all', size: 'rest', bake: '1m' }],
      concurrency: 20,
    });
    const { counts } = await waitForHold(rollout, 'bake');
    expect(counts).toMatchObject({ changed: wanting.length, total: before.length });
    expect(counts.compliant ?? 0).toBe(before.length - wanting.length);
    expect(world.simulator.state.instances()).toEqual(
      before.map((instance) => ({ ...instance, metadataOptions: { ...instance.metadataOptions, ...options } })),
    );
    await rollout.abort({ mode: 'rollback' });
    const outcome = await rollout.result();
    expect(outcome).toMatchObject({ type: 'RolloutRolledBack', result: { counts: { restored: wanting.length } } });
    expect(resultOf(outcome).downgraded).toBe(options.httpTokens === 'required' ? wanting.filter(isOpen).length : 0);
    expect(world.simulator.state.instances()).toEqual(before);
    expect(world.updates()).toHaveLength(2 * wanting.length);
    for (const { input } of world.updates()) expect(Object.keys(Object(input)).sort()).toEqual(sent(options));
  });

  function has({ metadataOptions }: InstanceView, options: Options): boolean {
    return Object.entries(options).every(([field, value]) => Object(metadataOptions)[field] === value);
  }

  function isOpen({ metadataOptions }: InstanceView): boolean {
    return metadataOptions?.httpTokens === 'optional';
  }

  /** The name, the asked fields, and httpTokens always: left out, it would become optional. */
  function sent(options: Options): string[] {
    return [...new Set(['instanceName', 'httpTokens', ...Object.keys(options)])].sort();
  }
});

describe.concurrent('an instance', () => {
  it('whose options are unknown is blocked and never called compliant', async ({ onTestFinished }) => {
    const world = await createWorld({
      onTestFinished,
      fleet: 7,
      worker: false,
      intercept: (lightsail) => ({
        ...lightsail,
        getInstances: async (request, call) => {
          const page = await lightsail.getInstances(request, call);
          for (const instance of page.instances ?? []) {
            if (instance.name === 'web-4') Object.assign(instance.metadataOptions ?? {}, { httpTokens: 'preferred' });
            if (instance.name === 'web-5') Object.assign(instance, { metadataOptions: 'none' });
          }
          return page;
        },
      }),
    });
    world.patch('web-1', { metadataOptions: null });
    world.patch('web-2', { metadataOptions: { httpTokens: null } });
    world.patch('web-3', { metadataOptions: { httpPutResponseHopLimit: null } });
    world.patch('web-6', { metadataOptions: { httpTokens: 'required', httpPutResponseHopLimit: null } });
    const options = { httpTokens: 'required', httpPutResponseHopLimit: 1 } as const;
    await world.startWorker();
    const outcome = await roll(world, { ...ONE_STAGE, options });
    expect(outcome).toMatchObject({ status: 'completed', result: { counts: { changed: 1, blocked: 6, total: 7 } } });
    expect(reported(outcome)).toEqual(each(names(6), 'blocked(unknown-options)'));
    expect(world.updates().map((call) => call.instanceName)).toEqual(['web-7']);
  });

  it('whose options become unknown after its write fails at the deadline, and is named if it stays so', async ({
    onTestFinished,
  }) => {
    const world = await createWorld({ onTestFinished, fleet: 2, scenario: { pending: { min: 2000, max: 2000 } } });
    const rollout = await world.start({
      ...ONE_STAGE,
      apply: { timeout: '2500ms', pollInterval: '40ms', maxErrors: 3 },
    });
    await until(() => expect(world.updates('web-1')).toHaveLength(1));
    world.patch('web-1', { metadataOptions: null });
    const outcome = await rollout.result();
    expect(outcome).toMatchObject({ type: 'RollbackIncomplete' });
    expect(reported(outcome)).toEqual({ 'web-1': 'failed(deadline), restore-failed' });
    expect(world.instance('web-2').metadataOptions?.httpTokens).toBe('optional');
  });

  it('that is stopped comes last, changes unverified, and is blocked if it does not answer', async ({
    onTestFinished,
  }) => {
    const faults = [onUpdate('web-2', { stuckPending: true })];
    const world = await createWorld({ onTestFinished, fleet: 5, scenario: { faults } });
    for (const name of ['web-1', 'web-2']) world.patch(name, { state: 'stopped' });
    const outcome = await roll(world, {
      stages: [
        { name: 'sized', size: '100%' },
        { name: 'rest', size: 'rest' },
      ],
      apply: { timeout: '600ms', pollInterval: '40ms', maxErrors: 3 },
    });
    expect(outcome).toMatchObject({
      status: 'completed',
      result: { counts: { changed: 4, blocked: 1 }, stages: [{ size: 3 }, { size: 2 }] },
    });
    expect(reported(outcome)).toEqual({ 'web-1': 'changed(unverified)', 'web-2': 'blocked(stopped)' });
    expect(world.updates().map((call) => call.instanceName)).toEqual(
      expect.arrayContaining(['web-3', 'web-4', 'web-5', 'web-1', 'web-2']),
    );
    expect(world.updates().findIndex((call) => call.instanceName === 'web-1')).toBeGreaterThan(2);
  });

  it('that is on its way from one state to another is waited for, and blocked if it stays there', async ({
    onTestFinished,
  }) => {
    const arrivals = new Map([
      ['web-5', () => world.patch('web-5', { state: 'running' })],
      ['web-6', () => world.patch('web-6', { state: 'stopped' })],
    ]);
    const world = await createWorld({
      onTestFinished,
      fleet: 7,
      scenario: SINGLE_READS,
      intercept: (lightsail) => ({
        ...lightsail,
        // Each is seen on its way once.
        getInstance: async (request, call) => {
          const reply = await lightsail.getInstance(request, call);
          arrivals.get(request.instanceName ?? '')?.();
          arrivals.delete(request.instanceName ?? '');
          return reply;
        },
      }),
    });
    const transitions = ['pending', 'stopping', 'shutting-down', 'terminated'] as const;
    for (const [i, state] of transitions.entries()) world.patch(`web-${i + 1}`, { state });
    world.patch('web-5', { state: 'pending' });
    world.patch('web-6', { state: 'stopping' });
    const rollout = await world.start({
      ...ONE_STAGE,
      ...GO_ON,
      apply: { timeout: '3s', pollInterval: '40ms', maxErrors: 3 },
    });
    const outcome = await rollout.result();
    expect(outcome).toMatchObject({ status: 'completed', result: { counts: { changed: 3, blocked: 4 } } });
    expect(reported(outcome)).toEqual({ ...each(names(4), 'blocked(changing)'), 'web-6': 'changed(unverified)' });
    expect(tokensOf(world)).toEqual({ ...each(names(7), 'required'), ...each(names(4), 'optional') });
    for (const name of names(4)) expect(world.updates(name)).toEqual([]);
  });

  it('that is on its way from one state to another is waited for on the way back', async ({ onTestFinished }) => {
    const world = await createWorld({ onTestFinished, fleet: 2 });
    const rollout = await world.start({ stages: [{ name: 'all', size: 'rest', bake: '1m' }] });
    await waitForHold(rollout, 'bake');
    world.patch('web-1', { state: 'stopping' });
    await rollout.abort({ mode: 'rollback' });
    await until(() => expect(world.instance('web-2').metadataOptions?.httpTokens).toBe('optional'));
    world.patch('web-1', { state: 'stopped' });
    expect(await rollout.result()).toMatchObject({ type: 'RolloutRolledBack', result: { counts: { restored: 2 } } });
    expect(world.updates('web-1')).toHaveLength(2);
  });

  it('is another target than its namesake in another region', async ({ onTestFinished }) => {
    const regions = ['eu-west-1', 'us-east-1'];
    const world = await createWorld({ onTestFinished, fleet: 3, regions, worker: false });
    const rollout = await startPaused(world, ONE_STAGE);
    world.patch('web-1', { metadataOptions: { httpTokens: 'required' } }, 'eu-west-1');
    world.remove('web-2', 'us-east-1');
    world.patch('web-3', { tags: { 'imds-rollout': 'skip' } }, 'us-east-1');
    await rollout.resume();
    const outcome = await rollout.result();
    expect(outcome).toMatchObject({
      status: 'completed',
      result: { counts: { changed: 3, compliant: 1, skipped: 2 } },
    });
    const { account } = world;
    expect(resultOf(outcome).exceptions).toMatchObject([
      { scope: `${account}:us-east-1`, name: 'web-2', outcome: 'skipped(gone)' },
      { scope: `${account}:us-east-1`, name: 'web-3', outcome: 'skipped(opted-out)' },
    ]);
    expect(
      world
        .updates()
        .map(({ region, instanceName }) => `${region}/${instanceName}`)
        .sort(),
    ).toEqual(['eu-west-1/web-2', 'eu-west-1/web-3', 'us-east-1/web-1']);
    expect(world.instance('web-3', 'us-east-1').metadataOptions?.httpTokens).toBe('optional');
  });
});
