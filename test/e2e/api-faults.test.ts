import { describe, expect, it } from 'vitest';
import type { FaultInput } from '../../src/simulator/index.js';
import { onRead, onUpdate } from '../support/faults.js';
import { each, GO_ON, names, ONE_STAGE, reasonOf, reported, resultOf, roll, tokensOf } from '../support/rollouts.js';
import { waitForHold } from '../support/wait.js';
import { createWorld } from '../support/world.js';

type Effect = FaultInput['effect'];

const REQUEST_TIMEOUT = 1000;

/** Every answer that leaves it open whether the Update was carried out, and whether it was. */
const UNCLEAR: readonly { readonly effect: Effect; readonly applied: boolean }[] = [
  { effect: { drop: true }, applied: false },
  { effect: { applyThenDrop: true }, applied: true },
  { effect: { delayMs: 2 * REQUEST_TIMEOUT }, applied: true },
  { effect: { drop: true, delayMs: 2 * REQUEST_TIMEOUT }, applied: false },
  { effect: { html502: true }, applied: false },
  { effect: { html502: true, applied: true }, applied: true },
  { effect: { emptyBody: true }, applied: true },
  { effect: { emptyBody: true, applied: false }, applied: false },
  { effect: { truncatedBody: true }, applied: true },
  { effect: { truncatedBody: true, applied: false }, applied: false },
];
const UNCLEAR_NAMES = names(UNCLEAR.length);
/** An Update is sent again only where the first one was provably not carried out. */
const UNCLEAR_UPDATES = Object.fromEntries(UNCLEAR.map(({ applied }, i) => [`web-${i + 1}`, applied ? 1 : 2]));

describe.concurrent('an unclear answer to a write', () => {
  it('is read back before anything is repeated', async ({ onTestFinished }) => {
    const faults = UNCLEAR.map(({ effect }, i) => onUpdate(`web-${i + 1}`, effect, { times: 1 }));
    const sdk = { requestTimeoutMs: REQUEST_TIMEOUT };
    const world = await createWorld({ onTestFinished, fleet: UNCLEAR.length, sdk, scenario: { faults } });
    const outcome = await roll(world, ONE_STAGE);
    expect(outcome).toMatchObject({ status: 'completed', result: { counts: { changed: 10, total: 10 } } });
    expect(tokensOf(world)).toEqual(each(UNCLEAR_NAMES, 'required'));
    expect(Object.fromEntries(UNCLEAR_NAMES.map((name) => [name, world.updates(name).length]))).toEqual(
      UNCLEAR_UPDATES,
    );
  });

  it('is read back on the way back too', async ({ onTestFinished }) => {
    const faults = UNCLEAR.map(({ effect }, i) => onUpdate(`web-${i + 1}`, effect, { after: 1, times: 1 }));
    const sdk = { requestTimeoutMs: REQUEST_TIMEOUT };
    const world = await createWorld({ onTestFinished, fleet: UNCLEAR.length, sdk, scenario: { faults } });
    const before = world.simulator.state.instances();
    const rollout = await world.start({ stages: [{ name: 'all', size: 'rest', bake: '1m' }] });
    await waitForHold(rollout, 'bake');
    await rollout.abort({ mode: 'rollback' });
    const outcome = await rollout.result();
    expect(outcome).toMatchObject({ type: 'RolloutRolledBack', result: { counts: { restored: 10 }, downgraded: 10 } });
    expect(world.simulator.state.instances()).toEqual(before);
    const restores = UNCLEAR_NAMES.map((name) => [name, world.updates(name).length - 1]);
    expect(Object.fromEntries(restores)).toEqual(UNCLEAR_UPDATES);
  });

  it('is enough when every first Update is cut off after it took effect', async ({ onTestFinished }) => {
    const faults = names(8).map((name) => onUpdate(name, { applyThenDrop: true }, { times: 1 }));
    const world = await createWorld({ onTestFinished, fleet: 8, scenario: { faults } });
    expect(await roll(world)).toMatchObject({ status: 'completed', result: { counts: { changed: 8, total: 8 } } });
    expect(tokensOf(world)).toEqual(each(names(8), 'required'));
    expect(world.updates()).toHaveLength(8);
  });

  it('keeps the originals for the way back, when a later stage fails', async ({ onTestFinished }) => {
    const faults = [
      ...names(7).map((name) => onUpdate(name, { applyThenDrop: true }, { times: 1 })),
      // As often as an apply may fail: the Update that restores it has to be accepted.
      onUpdate('web-8', { error: 'ServiceException' }, { times: 3 }),
    ];
    const world = await createWorld({ onTestFinished, fleet: 8, scenario: { faults } });
    const before = world.simulator.state.instances();
    const outcome = await roll(world, {
      stages: [
        { name: 'most', size: 7 },
        { name: 'rest', size: 'rest' },
      ],
    });
    expect(outcome).toMatchObject({ type: 'RolloutRolledBack', result: { counts: { restored: 7, failed: 1 } } });
    expect(world.simulator.state.instances()).toEqual(before);
  });

  it('of a target that fails by it is taken back, also while reads are stale', async ({ onTestFinished }) => {
    const faults = [
      onUpdate('web-2', { applyThenDrop: true }, { times: 1 }),
      onUpdate('web-3', { emptyBody: true }, { times: 1 }),
    ];
    const world = await createWorld({ onTestFinished, fleet: 3, scenario: { faults, stale: 300 } });
    const before = world.simulator.state.instances();
    const outcome = await roll(world, { apply: { timeout: '5s', pollInterval: '200ms', maxErrors: 1 } });
    expect(outcome).toMatchObject({ type: 'RolloutRolledBack', result: { counts: { failed: 2, restored: 1 } } });
    expect(world.simulator.state.instances()).toEqual(before);
  });
});

describe.concurrent('an error of the service', () => {
  const tries = { times: 2 };
  const always = {};
  const passing: readonly (readonly [string, FaultInput['effect']])[] = [
    ['a server fault', { error: 'ServiceException' }],
    ['an unmodelled server fault', { error: 'InternalFailure' }],
    ['a failed operation', { error: 'OperationFailureException' }],
    ['a failed operation inside a 200', { operationFailed: true }],
    ['busy', { error: { name: 'InvalidInputException', message: 'Sorry. Please try again in a few minutes.' } }],
    [
      'still at work',
      { error: { name: 'InvalidInputException', message: 'Please wait for it to complete before trying again.' } },
    ],
    ['a missing instance that is there', { error: 'NotFoundException' }],
    ['a gateway fault', { html502: true }],
  ];

  it('is waited out where it can pass, and counted against the target for good', async ({ onTestFinished }) => {
    const count = passing.length;
    const faults = passing.flatMap(([, effect], i) => [
      onUpdate(`web-${i + 1}`, effect, tries),
      onUpdate(`web-${count + i + 1}`, effect, always),
    ]);
    const world = await createWorld({ onTestFinished, fleet: 2 * count, scenario: { faults } });
    const outcome = await roll(world, { ...ONE_STAGE, ...GO_ON, concurrency: 20 });
    expect(outcome).toMatchObject({ status: 'completed', result: { counts: { changed: count, failed: count } } });
    expect(reported(outcome)).toEqual(each(names(2 * count).slice(count), 'failed(api-error)'));
    for (const name of names(2 * count)) expect(world.updates(name)).toHaveLength(3);
    for (const [i, [what, effect]] of passing.entries()) {
      const name = typeof effect.error === 'object' ? effect.error.name : effect.error;
      expect(reasonOf(outcome, `web-${count + i + 1}`), what).toContain(name ?? '');
      expect(reasonOf(outcome, `web-${count + i + 1}`), what).toContain('failed 3 times');
    }
  });

  it('ends the target at once where it can not pass', async ({ onTestFinished }) => {
    const permanent = [
      { name: 'InvalidInputException', message: 'The blueprint does not support it.' },
      { name: 'AccessDeniedException', message: 'Not authorized to perform that.' },
    ];
    const faults = permanent.map((error, i) => onUpdate(`web-${i + 1}`, { error }));
    const world = await createWorld({ onTestFinished, fleet: 3, scenario: { faults } });
    const outcome = await roll(world, { ...ONE_STAGE, failure: { max: 2, revert: 'failed' } });
    expect(reported(outcome)).toEqual(each(names(2), 'failed(api-error)'));
    expect(tokensOf(world)).toEqual({ ...each(names(2), 'optional'), 'web-3': 'required' });
    for (const [i, { name, message }] of permanent.entries()) {
      expect(world.updates(`web-${i + 1}`)).toHaveLength(1);
      expect(reasonOf(outcome, `web-${i + 1}`)).toContain(`${name}: ${message}`);
    }
  });

  it('in a reading never leads to a second Update', async ({ onTestFinished }) => {
    const effects: readonly Effect[] = [
      { error: 'ServiceException' },
      { drop: true },
      { html502: true },
      { emptyBody: true },
      { truncatedBody: true },
      { delayMs: 2 * REQUEST_TIMEOUT },
    ];
    // The first reading comes before the write, the next ones after it.
    const faults = effects.flatMap((effect, i) => [
      onRead(`web-${i + 1}`, effect, { times: 1 }),
      onRead(`web-${i + 1}`, effect, { after: 1, times: 1 }),
    ]);
    const sdk = { requestTimeoutMs: REQUEST_TIMEOUT };
    const world = await createWorld({ onTestFinished, fleet: effects.length, sdk, scenario: { faults } });
    expect(await roll(world, ONE_STAGE)).toMatchObject({ result: { counts: { changed: 6, total: 6 } } });
    for (const name of names(6)) expect(world.updates(name)).toHaveLength(1);
  });

  it('does not stop the other restores, and what could not go back is named', async ({ onTestFinished }) => {
    const faults = [
      onUpdate('web-1', { error: 'ServiceException' }, { after: 1, times: 2 }),
      onUpdate('web-2', { error: 'ServiceException' }, { after: 1 }),
      onUpdate('web-3', { error: 'InvalidInputException' }, { after: 1 }),
      onUpdate('web-5', { error: 'InvalidInputException' }),
    ];
    const world = await createWorld({ onTestFinished, fleet: 5, scenario: { faults } });
    const outcome = await roll(world, {
      apply: { timeout: '10s', pollInterval: '40ms', maxErrors: 1 },
      stages: [
        { name: 'most', size: 4 },
        { name: 'rest', size: 'rest' },
      ],
    });
    expect(outcome).toMatchObject({ type: 'RollbackIncomplete', result: { counts: { restored: 2, failed: 1 } } });
    expect(reported(outcome)).toEqual({
      'web-2': 'changed, restore-failed',
      'web-3': 'changed, restore-failed',
      'web-5': 'failed(api-error)',
    });
    expect(reasonOf(outcome, 'web-3')).toContain('InvalidInputException');
    expect(tokensOf(world)).toEqual({
      ...each(['web-1', 'web-4', 'web-5'], 'optional'),
      ...each(['web-2', 'web-3'], 'required'),
    });
  });
});

describe.concurrent('throttling', () => {
  it('makes discovery, apply and rollback slower, and fails nothing', async ({ onTestFinished }) => {
    const scenario = { throttle: { ratePerSecond: 15, burst: 2 }, pageSize: 3 };
    const world = await createWorld({ onTestFinished, fleet: 12, scenario });
    const before = world.simulator.state.instances();
    const rollout = await world.start({
      stages: [{ name: 'all', size: 'rest', bake: '1m' }],
      apply: { timeout: '10s', pollInterval: '100ms', maxErrors: 1 },
    });
    expect((await waitForHold(rollout, 'bake')).counts).toMatchObject({ changed: 12, total: 12 });
    await rollout.abort({ mode: 'rollback' });
    expect(await rollout.result()).toMatchObject({
      type: 'RolloutRolledBack',
      result: { counts: { restored: 12, total: 12 }, exceptions: [] },
    });
    expect(world.simulator.state.instances()).toEqual(before);
    expect(world.simulator.state.calls().some(({ error }) => error === 'ThrottlingException')).toBe(true);
  });

  it('is not counted against a target, whatever it is called', async ({ onTestFinished }) => {
    const throttled = ['ThrottlingException', 'TooManyRequestsException', 'RequestLimitExceeded'];
    const faults = throttled.flatMap((error, i) => [
      onUpdate(`web-${i + 1}`, { error }, { times: 3 }),
      onRead(`web-${i + 1}`, { error }, { times: 1 }),
    ]);
    const world = await createWorld({ onTestFinished, fleet: 3, scenario: { faults } });
    const outcome = await roll(world, { ...ONE_STAGE, apply: { timeout: '10s', pollInterval: '40ms', maxErrors: 1 } });
    expect(outcome).toMatchObject({ result: { counts: { changed: 3 } } });
    expect(resultOf(outcome).exceptions).toEqual([]);
  });
});
