import { WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { describe, expect, it } from 'vitest';
import type { RolloutSpecInput } from '../../src/rollout/spec.js';
import { denied, heldChanges, heldReadings, onUpdate } from '../support/faults.js';
import { holdChanges, letGo } from '../support/held.js';
import { failedTasks, isOpen, leaseOf, runningBatch, untilTold } from '../support/temporal-runs.js';
import { waitForHold, waitForStatus, waitUntil } from '../support/wait.js';
import { createWorld, type World } from '../support/world.js';

const ONE_STAGE: RolloutSpecInput['stages'] = [{ name: 'rest', size: 'rest' }];
const LONG_BAKE: RolloutSpecInput['stages'] = [
  { name: 'canary', size: 1, bake: '10m' },
  { name: 'rest', size: 'rest' },
];
const HELD = { faults: heldChanges() };

function changedNames(world: World): string[] {
  return world.simulator.state
    .instances()
    .filter(({ metadataOptions }) => metadataOptions?.state === 'applied' && metadataOptions.httpTokens === 'required')
    .map(({ name }) => name)
    .sort();
}

function begunNames(world: World): string[] {
  return [...new Set(world.updates().map(({ instanceName }) => instanceName ?? ''))].sort();
}

describe.concurrent('a rollout started as raw JSON by any client', () => {
  const GOOD = { name: 'raw', options: { httpTokens: 'required' }, targets: { regions: ['us-east-1'] } };
  const CASES: { what: string; args: unknown[]; says: string }[] = [
    { what: 'no argument', args: [], says: '(spec): is missing' },
    { what: 'null', args: [null], says: '(spec): must be an object' },
    { what: 'an empty object', args: [{}], says: 'name: is missing' },
    { what: 'a text', args: ['require-imdsv2'], says: '(spec): ' },
    { what: 'a list', args: [[GOOD]], says: '(spec): ' },
    {
      what: 'an unknown field',
      args: [{ ...GOOD, optons: {} }],
      says: 'optons: unknown field "optons", did you mean "options"?',
    },
    { what: 'a wrong type', args: [{ ...GOOD, concurrency: 'many' }], says: 'concurrency: ' },
    { what: 'empty options', args: [{ ...GOOD, options: {} }], says: 'options: asks for nothing' },
    { what: 'concurrency 0', args: [{ ...GOOD, concurrency: 0 }], says: 'concurrency: must be at least 1' },
    {
      what: 'a role',
      args: [{ ...GOOD, role: 'arn:aws:iam::1:role/x' }],
      says: 'role: "role" doesn\'t belong in a spec',
    },
    {
      what: 'a last stage that is not rest',
      args: [{ ...GOOD, stages: [{ name: 'all', size: '100%' }] }],
      says: 'stages[0].size: the last stage must have size: rest',
    },
    {
      what: 'megabytes of nonsense',
      args: [Object.fromEntries(Array.from({ length: 20_000 }, (_, n) => [`field-${n}-${'x'.repeat(40)}`, n]))],
      says: 'more',
    },
  ];

  it.concurrent('ends at once as InvalidRolloutSpec where the spec is none, and says where and why', async ({
    onTestFinished,
  }) => {
    const world = await createWorld({ onTestFinished, fleet: 1 });
    for (const [n, { what, args, says }] of CASES.entries()) {
      const workflowId = `raw-${world.account}-${n}`;
      const handle = await world.client.workflow.start('imdsRollout', { workflowId, taskQueue: world.taskQueue, args });
      const error = await handle.result().then(
        () => undefined,
        (error: unknown) => error,
      );
      const failure = error instanceof WorkflowFailedError ? error.cause : undefined;
      expect(failure, what).toMatchObject({ type: 'InvalidRolloutSpec', message: expect.stringContaining(says) });
      expect(failure instanceof ApplicationFailure && failure.details?.[0], what).not.toHaveLength(0);
      expect(await failedTasks(world, workflowId), what).toEqual([]);
    }
    expect(world.simulator.state.calls()).toEqual([]);
  });

  it.concurrent('runs with the defaults where nothing more is said', async ({ onTestFinished }) => {
    const world = await createWorld({ onTestFinished, fleet: 2 });
    const workflowId = `raw-${world.account}`;
    await world.client.workflow.start('imdsRollout', {
      workflowId,
      taskQueue: world.taskQueue,
      args: [{ ...GOOD, apply: { pollInterval: '40ms' } }],
    });
    const rollout = world.rollouts.handle(workflowId);
    const { stages, waiting } = await waitForHold(rollout, 'bake');
    expect(stages.map(({ name, size }) => [name, size])).toEqual([
      ['canary', 1],
      ['early', 1],
      ['rest', 0],
    ]);
    expect(Date.parse(waiting?.until ?? '') - Date.parse(waiting?.since ?? '')).toBe(7 * 3_600_000);
    await rollout.abort();
    await rollout.result();
  });
});

describe.concurrent('a Temporal cancellation', () => {
  it.concurrent.for([
    { when: 'planning', spec: {}, scenario: { faults: heldReadings() }, phase: 'planning', begun: 0 },
    { when: 'baking', spec: { stages: LONG_BAKE }, scenario: {}, phase: 'waiting', begun: 1 },
    { when: 'applying', spec: { stages: ONE_STAGE, concurrency: 2 }, scenario: HELD, phase: 'applying', begun: 2 },
  ] as const)(
    'while $when halts, and ends as Cancelled when all in flight has finished',
    async ({ spec, scenario, phase, begun }, { onTestFinished }) => {
      const world = await createWorld({ onTestFinished, fleet: 8, scenario });
      const rollout = await world.start('stages' in spec ? { ...spec, stages: [...(spec.stages ?? [])] } : spec);
      await waitForStatus(rollout, (status) => status.phase === phase);
      await waitUntil('the changes have begun', () => world.updates().length === begun);
      await world.client.workflow.getHandle(rollout.workflowId).cancel();
      if (phase === 'applying') await untilTold(world, await runningBatch(world, rollout));
      letGo(world);
      expect(await rollout.result()).toMatchObject({ status: 'failed', type: 'Cancelled' });
      expect(changedNames(world)).toEqual(begunNames(world));
      expect(begunNames(world)).toHaveLength(begun);
      expect(await isOpen(world, leaseOf(world))).toBe(false);
      expect(await rollout.status()).toMatchObject({
        phase: 'ended',
        aborted: { mode: 'halt', by: 'Temporal cancellation' },
        counts: { inFlight: 0 },
      });
    },
  );

  it.concurrent('does not leave a way back half done', async ({ onTestFinished }) => {
    const world = await createWorld({
      onTestFinished,
      fleet: 6,
      scenario: { faults: [...denied('web-6'), ...heldChanges({ after: 5 })] },
    });
    const before = world.simulator.state.instances();
    const rollout = await world.start({
      spread: [],
      stages: [
        { name: 'early', size: 5 },
        { name: 'rest', size: 'rest' },
      ],
      rollback: { concurrency: 1 },
    });
    await waitForStatus(rollout, ({ phase }) => phase === 'reverting');
    await world.client.workflow.getHandle(rollout.workflowId).cancel();
    await waitForStatus(rollout, ({ log }) => log.some(({ by }) => by === 'Temporal cancellation'));
    letGo(world);
    expect(await rollout.result()).toMatchObject({
      type: 'RolloutRolledBack',
      result: { reason: '1 of 1 targets of stage "rest" failed, 0 may', counts: { restored: 5, failed: 1 } },
    });
    expect(world.simulator.state.instances()).toEqual(before);
  });
});

it.concurrent('fails the plan, and names the region, where one of several can not be read', async ({
  onTestFinished,
}) => {
  const regions = ['us-east-1', 'eu-west-1'];
  const world = await createWorld({
    onTestFinished,
    regions,
    scenario: {
      faults: [{ operation: 'GetInstances', region: 'eu-west-1', effect: { error: 'AccessDeniedException' } }],
    },
  });
  const rollout = await world.start();
  const outcome = await rollout.result();
  expect(outcome).toMatchObject({
    type: 'PlanFailed',
    message: expect.stringMatching(/^eu-west-1 can't be read \(.*AccessDenied/),
  });
  expect(world.updates()).toEqual([]);
  expect(await rollout.status()).toMatchObject({ phase: 'ended' });
});

describe.concurrent('a batch that is taken from its rollout', () => {
  it.concurrent('by a cancellation halts it, rather than pass over what the batch left', async ({ onTestFinished }) => {
    const world = await createWorld({ onTestFinished, fleet: 8, scenario: HELD });
    const rollout = await world.start({
      spread: [],
      stages: [
        { name: 'early', size: 7 },
        { name: 'rest', size: 'rest' },
      ],
      concurrency: 2,
    });
    await waitUntil('two changes have begun', () => world.updates().length === 2);
    await world.client.workflow.getHandle(await runningBatch(world, rollout)).cancel();
    letGo(world);
    const outcome = await rollout.result();
    expect(outcome).toMatchObject({
      type: 'RolloutHalted',
      result: { reason: 'batch early/1 was cancelled from outside' },
    });
    expect(changedNames(world)).toEqual(begunNames(world));
    expect(outcome.result?.exceptions.filter(({ outcome }) => outcome === 'skipped(not-started)')).toHaveLength(5);
  });

  it.concurrent('by a termination halts it, and an abort with rollback still takes everything back', async ({
    onTestFinished,
  }) => {
    const world = await createWorld({ onTestFinished, fleet: 6, scenario: { faults: heldChanges({ after: 1 }) } });
    const before = world.simulator.state.instances();
    const rollout = await world.start({ stages: ONE_STAGE, concurrency: 2 });
    await waitUntil('three changes have begun', () => world.updates().length === 3);
    await world.client.workflow.getHandle(await runningBatch(world, rollout)).terminate('test');
    letGo(world);
    await waitForStatus(rollout, ({ log }) =>
      log.some(({ event }) => event.startsWith('batch rest/1 was ended from outside')),
    );
    await rollout.abort({ mode: 'rollback' });
    expect(await rollout.result()).toMatchObject({
      type: 'RolloutRolledBack',
      message: expect.stringContaining('batch rest/1 was ended from outside'),
    });
    expect(world.simulator.state.instances()).toEqual(before);
  });
});

describe.concurrent('the status', () => {
  it.concurrent('says in every phase where the rollout stands', async ({ onTestFinished }) => {
    const world = await createWorld({
      onTestFinished,
      fleet: 4,
      scenario: {
        faults: heldReadings(),
      },
    });
    const rollout = await world.start({
      spread: [],
      stages: [
        { name: 'canary', size: 1, bake: '10m' },
        { name: 'early', size: 2 },
        { name: 'rest', size: 'rest' },
      ],
      failure: { max: '50%', maxTotal: 3 },
      concurrency: 2,
    });
    expect(await rollout.status()).toMatchObject({
      phase: 'planning',
      waiting: null,
      counts: { total: 0, inFlight: 0 },
      stages: [],
    });

    letGo(world);
    holdChanges(world);
    const applying = await waitForStatus(rollout, ({ phase, counts }) => phase === 'applying' && counts.inFlight > 0);
    expect(applying).toMatchObject({
      stage: 'canary',
      waiting: null,
      counts: { total: 4, inFlight: 1 },
      stages: [
        { name: 'canary', size: 1 },
        { name: 'early', size: 2 },
        { name: 'rest', size: 1 },
      ],
      budget: { failed: 0, allowedInStage: 0, maxTotal: 3 },
      planHash: expect.stringMatching(/^[0-9a-f]{64}$/),
    });

    letGo(world);
    const baking = await waitForHold(rollout, 'bake');
    expect(baking).toMatchObject({
      phase: 'waiting',
      stage: 'canary',
      waiting: { reason: 'stage canary' },
      counts: { changed: 1 },
    });
    expect(Date.parse(baking.waiting?.until ?? '') - Date.parse(baking.waiting?.since ?? '')).toBe(600_000);

    holdChanges(world);
    await rollout.skipBake();
    const early = await waitForStatus(rollout, ({ stage, phase }) => stage === 'early' && phase === 'applying');
    expect(early).toMatchObject({ phase: 'applying', waiting: null, budget: { allowedInStage: 1 } });

    await waitUntil('both are held', () => world.updates().length === 3);
    letGo(world);
    for (const fault of [...denied('web-4'), onUpdate('web-1', { stuckPending: true })])
      world.simulator.state.addFault(fault);
    const reverting = await waitForStatus(rollout, ({ phase }) => phase === 'reverting');
    expect(reverting).toMatchObject({
      waiting: null,
      budget: { failed: 1, tripped: '1 of 1 targets of stage "rest" failed, 0 may' },
    });
    letGo(world);
    await rollout.result();

    const ended = await rollout.status();
    expect(ended).toMatchObject({
      phase: 'ended',
      waiting: null,
      counts: { restored: 3, failed: 1, total: 4, inFlight: 0 },
      stages: [{ counts: { restored: 1 } }, { counts: { restored: 2 } }, { counts: { failed: 1 } }],
    });
    expect(ended.log.map(({ event }) => event.split(' with ')[0])).toEqual([
      'planned 4 changes',
      'stage canary starts',
      'looks at 1 target of stage canary before the change',
      'skipBake',
      'stage early starts',
      'looks at 2 targets of stage early before the change',
      'stage rest starts',
      'looks at 1 target of stage rest before the change',
    ]);
  });

  it.concurrent('stands in the current details as Markdown', async ({ onTestFinished }) => {
    const world = await createWorld({ onTestFinished, fleet: 2 });
    const rollout = await world.start({ stages: LONG_BAKE });
    await waitForHold(rollout, 'bake');
    await rollout.pause({ by: 'ops', reason: 'a | b' });
    const metadata = await world.client.workflow.getHandle(rollout.workflowId).query('__temporal_workflow_metadata');
    const { currentDetails } = metadata as { currentDetails: string };
    expect(currentDetails).toContain('**1 of 2 require IMDSv2, 1 not started**');
    expect(currentDetails).toMatch(
      /\*\*Waits while the stage bakes\*\* \(`bake`\) since 20.*, until 20.*: stage canary/,
    );
    expect(currentDetails).toContain('Paused by ops (a \\| b)');
    expect(currentDetails).toContain('- `resume` `{ "by": "ann" }`: ends the pause');
    expect(currentDetails).toContain('- **canary**: 1 changed, of 1');
    await rollout.abort();
    await rollout.result();
  });
});
