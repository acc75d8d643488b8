import { describe, it } from 'vitest';
import type { RolloutHandle } from '../../src/client/index.js';
import type { RolloutSpecInput } from '../../src/rollout/spec.js';
import { denied, heldChanges, heldReadings } from '../support/faults.js';
import { letGo } from '../support/held.js';
import { SINGLE_READS } from '../support/in-change.js';
import { each, names, ONE_STAGE, reported, resultOf, tokensOf } from '../support/rollouts.js';
import { isSettled } from '../support/settled.js';
import { waitForHold, waitForStatus, waitUntil } from '../support/wait.js';
import { createWorld, type World, type WorldOptions } from '../support/world.js';

const FLEET = 5;
const CANARY = { name: 'canary', size: 1 } as const;
const REST = { name: 'rest', size: 'rest' } as const;

interface Moment {
  readonly when: string;
  readonly spec?: Partial<RolloutSpecInput>;
  readonly scenario?: NonNullable<WorldOptions['scenario']>;
  readonly reach: (rollout: RolloutHandle, world: World) => Promise<unknown>;
}

/** The pause is there before the plan. */
async function pauseFirst(rollout: RolloutHandle, world: World): Promise<void> {
  await rollout.pause();
  letGo(world);
  await waitForHold(rollout, 'paused');
}

const MOMENTS: readonly Moment[] = [
  {
    when: 'planning',
    scenario: { faults: heldReadings() },
    reach: (rollout) => waitForStatus(rollout, ({ phase }) => phase === 'planning'),
  },
  { when: 'paused', scenario: { faults: heldReadings() }, reach: pauseFirst },
  {
    when: 'changing',
    spec: { ...ONE_STAGE, concurrency: 2 },
    scenario: { faults: heldChanges({ after: 1 }) },
    reach: (_, world) => waitUntil('three changes have begun', () => world.updates().length === 3),
  },
  {
    when: 'baking',
    spec: { stages: [{ ...CANARY, bake: '10m' }, REST] },
    reach: (rollout) => waitForHold(rollout, 'bake'),
  },
  {
    when: 'waiting for approval',
    spec: { stages: [CANARY, { ...REST, approval: {} }] },
    reach: (rollout) => waitForHold(rollout, 'approval'),
  },
  {
    when: 'verifying',
    // Without checks, nothing but the last sweep reads the fleet once it is planned.
    spec: { ...ONE_STAGE, health: { checks: [] } },
    scenario: { faults: heldChanges(), ...SINGLE_READS },
    reach: async (rollout, world) => {
      await waitUntil('all changes have begun', () => world.updates().length === FLEET);
      letGo(world);
      for (const fault of heldReadings()) world.simulator.state.addFault(fault);
      await waitForStatus(rollout, ({ phase }) => phase === 'verifying');
    },
  },
];

type Mode = 'halt' | 'rollback';

/** What is said at that moment, all at once. */
const WORDS: readonly (readonly Mode[])[] = [
  ['halt'],
  ['rollback'],
  ['halt', 'halt'],
  ['rollback', 'rollback'],
  ['halt', 'rollback'],
];

describe.concurrent('scenario 20: abort', () => {
  it.for(WORDS.flatMap((words) => MOMENTS.map((moment) => [words.join(' and '), moment.when, words, moment] as const)))(
    'of mode %s while %s',
    async ([, , words, { spec, scenario, reach }], { onTestFinished, expect }) => {
      const world = await createWorld({ onTestFinished, fleet: FLEET, ...(scenario !== undefined && { scenario }) });
      const before = world.simulator.state.instances();
      const rollout = await world.start(spec);
      await reach(rollout, world);
      const said = await Promise.all(
        words.map((mode) =>
          rollout.abort({ mode, by: mode, reason: 'wrong fleet' }).then(
            ({ aborted }) => aborted?.mode ?? 'lost',
            (error: Error) => error.message,
          ),
        ),
      );
      const begun = new Set(world.updates().map(({ instanceName }) => instanceName)).size;
      letGo(world);
      const outcome = await rollout.result();
      const taken: string[] = said.filter((answer) => answer === 'halt' || answer === 'rollback');
      expect(taken, said.join()).not.toEqual([]);
      // A second word may come too late for a rollout that had nothing in flight: it is then refused, not forgotten.
      for (const answer of said) {
        if (!taken.includes(answer)) expect(answer).toMatch(/has ended|can't become a halt|isn't left half done/);
      }
      const isBack = taken.includes('rollback');
      if (words.every((mode) => mode === words[0])) expect(isBack).toBe(words[0] === 'rollback');
      const reason = `aborted by ${isBack ? 'rollback' : 'halt'}: wrong fleet`;
      if (isBack) {
        expect(outcome).toMatchObject({ type: 'RolloutRolledBack', result: { ended: 'rolled-back', reason } });
        expect(world.simulator.state.instances()).toEqual(before);
        expect(resultOf(outcome).counts.restored ?? 0).toBe(begun);
        expect(world.updates()).toHaveLength(2 * begun);
      } else {
        expect(outcome).toMatchObject({
          type: 'RolloutAborted',
          message: expect.stringMatching(new RegExp(reason, 'i')),
          result: { ended: 'aborted', reason },
        });
        expect(isSettled(world)).toBe(true);
        expect(resultOf(outcome).counts.changed ?? 0).toBe(begun);
        expect(Object.values(tokensOf(world)).filter((tokens) => tokens === 'required')).toHaveLength(begun);
        expect(world.updates()).toHaveLength(begun);
      }
      expect(new Set(Object.values(reported(outcome)))).toEqual(
        new Set(Object.values(reported(outcome)).length > 0 ? ['skipped(not-started)'] : []),
      );
    },
  );

  it('while rolling back: a halt is refused, another rollback changes nothing', async ({ onTestFinished, expect }) => {
    const faults = [...denied('web-6'), ...heldChanges({ after: 5 })];
    const world = await createWorld({ onTestFinished, fleet: 6, scenario: { faults } });
    const before = world.simulator.state.instances();
    const rollout = await world.start({
      spread: [],
      stages: [{ name: 'early', size: 5 }, REST],
      rollback: { concurrency: 1 },
    });
    await waitForStatus(rollout, ({ phase }) => phase === 'reverting');
    await expect(rollout.abort()).rejects.toMatchObject({ message: expect.stringContaining("isn't left half done") });
    await rollout.abort({ mode: 'rollback' });
    await rollout.abort({ mode: 'rollback' });
    letGo(world);
    const outcome = await rollout.result();
    expect(outcome).toMatchObject({
      type: 'RolloutRolledBack',
      result: { reason: '1 of 1 targets of stage "rest" failed, 0 may', counts: { restored: 5, failed: 1 } },
    });
    expect(reported(outcome)).toEqual({ 'web-6': 'failed(api-error)' });
    expect(world.simulator.state.instances()).toEqual(before);
    expect(world.updates()).toHaveLength(11);
    await expect(rollout.abort()).rejects.toThrow('there is nothing left to abort');
  });

  it('may become a rollback while the last changes finish, and refuses everything else', async ({
    onTestFinished,
    expect,
  }) => {
    const world = await createWorld({ onTestFinished, scenario: { faults: heldChanges() } });
    const before = world.simulator.state.instances();
    const rollout = await world.start({ ...ONE_STAGE, concurrency: 3 });
    await waitUntil('three changes have begun', () => world.updates().length === 3);
    await rollout.abort({ by: 'ann' });
    for (const kind of ['pause', 'resume', 'approve', 'reject', 'skipBake'] as const) {
      await expect(rollout[kind]()).rejects.toMatchObject({
        message: `The rollout was aborted by ann: ${kind} has no effect any more.`,
      });
    }
    await expect(rollout.revert({ names: ['web-1'] })).rejects.toThrow('revert has no effect any more');
    expect(await rollout.abort({ by: 'bob' })).toMatchObject({ aborted: { mode: 'halt', by: 'ann' } });
    expect(await rollout.abort({ mode: 'rollback', by: 'bob' })).toMatchObject({
      aborted: { mode: 'rollback', by: 'bob' },
    });
    expect(await rollout.abort({ mode: 'rollback', by: 'cyd' })).toMatchObject({ aborted: { by: 'bob' } });
    await expect(rollout.abort({ by: 'cyd' })).rejects.toMatchObject({
      message: "The rollout was aborted with rollback by bob: that can't become a halt.",
    });
    letGo(world);
    const outcome = await rollout.result();
    expect(outcome).toMatchObject({
      type: 'RolloutRolledBack',
      result: { reason: 'aborted by bob', counts: { restored: 3, skipped: 2 } },
    });
    expect(reported(outcome)).toEqual(each(names(5).slice(3), 'skipped(not-started)'));
    expect(world.simulator.state.instances()).toEqual(before);
    expect(world.updates()).toHaveLength(6);
    const { log } = await rollout.status();
    expect(log.map(({ event, by }) => [event, by])).toContainEqual(['abort (halt)', 'ann']);
    expect(log.map(({ event, by }) => [event, by])).toContainEqual(['abort (rollback)', 'bob']);
  });
});

describe.concurrent('scenario 20: abort in the last second of the last stage', () => {
  const LAST: readonly [string, (rollout: RolloutHandle, world: World) => Promise<unknown>][] = [
    ['the last change is in flight', (_, world) => waitUntil('the last change', () => world.updates().length >= 2)],
    [
      'the last change is applied',
      (_, world) => waitUntil('it is', () => world.updates().length === 2 && isSettled(world)),
    ],
    ['it verifies', (rollout) => waitForStatus(rollout, ({ phase }) => phase === 'verifying' || phase === 'ended')],
    ['it has ended', (rollout) => waitForStatus(rollout, ({ phase }) => phase === 'ended')],
  ];

  it.for(LAST.flatMap(([when, reach]) => [['halt', when, reach] as const, ['rollback', when, reach] as const]))(
    'with %s, when %s: stops something, or says that nothing was left to stop',
    async ([mode, , reach], { onTestFinished, expect }) => {
      const world = await createWorld({ onTestFinished, fleet: 2 });
      const before = world.simulator.state.instances();
      const rollout = await world.start({ ...ONE_STAGE, concurrency: 1 });
      await reach(rollout, world);
      const refusal = await rollout.abort({ mode, by: 'ops' }).then(
        () => undefined,
        (error: Error) => error.message,
      );
      const outcome = await rollout.result();
      if (refusal !== undefined) {
        expect(refusal).toContain('there is nothing left to abort');
        expect(outcome).toMatchObject({ status: 'completed', result: { counts: { changed: 2 }, exceptions: [] } });
      } else if (mode === 'rollback') {
        expect(outcome).toMatchObject({
          type: 'RolloutRolledBack',
          result: { counts: { restored: 2 }, exceptions: [] },
        });
      } else {
        expect(outcome).toMatchObject({ type: 'RolloutAborted', result: { counts: { changed: 2 }, exceptions: [] } });
      }
      if (refusal === undefined && mode === 'rollback') expect(world.simulator.state.instances()).toEqual(before);
      else expect(tokensOf(world)).toEqual(each(names(2), 'required'));
    },
  );
});
