import { describe, expect, it, type TestContext } from 'vitest';
import type { RolloutSpecInput } from '../../src/rollout/spec.js';
import { ALL, createOutage, planDuring, SITUATIONS } from '../support/key-outage.js';
import { each, ONE_STAGE, reported, resultOf, tokensOf } from '../support/rollouts.js';
import { waitForHold, waitForStatus, waitUntil } from '../support/wait.js';

/** One that AWS answers with, one that it answers to unknown keys, and one that the SDK throws; all are in credentials.slow.test.ts. */
const KINDS = [
  { name: 'ExpiredTokenException', isLapsed: true },
  { name: 'UnrecognizedClientException', isLapsed: false },
  { name: 'CredentialsProviderError', isLapsed: false },
] as const;

describe.concurrent("where the caller's keys are refused, a run waits, charges nobody, and completes", () => {
  const cases = SITUATIONS.flatMap((situation, n) => {
    const kind = KINDS[n % KINDS.length];
    return kind === undefined ? [] : [[situation.when, kind.name, situation, kind] as const];
  });
  it.for(cases)('%s: %s', async ([, , { run, options }, kind], { onTestFinished }) => {
    await run(await createOutage(kind, onTestFinished, options));
  });
});

describe.concurrent('while a rollout plans', () => {
  it.for(KINDS.map((kind) => [kind.name, kind] as const))(
    '%s: keys that have lapsed are waited for, and unknown ones end it at once',
    ([, kind], { onTestFinished }) => planDuring(kind, onTestFinished),
  );
});

describe.concurrent('an operator who does not wait for keys', () => {
  const LONG_CHANGES = { scenario: { pending: { min: 3_000, max: 3_000 } } };

  async function inChange(onTestFinished: TestContext['onTestFinished'], spec: Partial<RolloutSpecInput> = {}) {
    const outage = await createOutage({ name: 'ExpiredTokenException', isLapsed: true }, onTestFinished, LONG_CHANGES);
    const rollout = await outage.world.start({ ...ONE_STAGE, concurrency: 2, ...spec });
    await waitUntil('two changes have begun', () => outage.world.updates().length === 2);
    outage.begin();
    await waitForHold(rollout, 'credentials');
    return { outage, rollout };
  }

  it('aborts: it ends at once, and what was begun is named as unconfirmed', async ({ onTestFinished }) => {
    const { outage, rollout } = await inChange(onTestFinished);
    await rollout.abort();
    const outcome = await rollout.result();
    expect(outcome).toMatchObject({ type: 'RolloutAborted' });
    const unconfirmed = Object.values(reported(outcome)).filter((what) => what === 'failed(unconfirmed)');
    expect(unconfirmed).toHaveLength(outage.world.updates().length);
  });

  it('aborts with rollback: it waits for the keys, and takes everything back', async ({ onTestFinished }) => {
    const { outage, rollout } = await inChange(onTestFinished);
    await rollout.abort({ mode: 'rollback' });
    await waitForStatus(rollout, ({ phase, waiting }) => phase === 'reverting' && waiting?.for === 'credentials');
    await outage.end();
    expect(await rollout.result()).toMatchObject({ type: 'RolloutRolledBack' });
    expect(tokensOf(outage.world)).toEqual(each(ALL, 'optional'));
  });

  it('has a rollout halt after the time that the spec allows, and names what was begun', async ({ onTestFinished }) => {
    const { rollout } = await inChange(onTestFinished, { credentials: { wait: '2s' } });
    const outcome = await rollout.result();
    expect(outcome).toMatchObject({
      type: 'RolloutHalted',
      message: expect.stringMatching(/waited 2s for credentials/),
    });
    expect(Object.values(reported(outcome))).toContain('failed(unconfirmed)');
    expect(resultOf(outcome).counts.changed ?? 0).toBe(0);
  });

  it('has a rollback end after the time that the spec allows, and names what is not back', async ({
    onTestFinished,
  }) => {
    const outage = await createOutage({ name: 'ExpiredTokenException', isLapsed: true }, onTestFinished);
    const stages = [
      { name: 'most', size: 4, bake: '10m' },
      { name: 'rest', size: 'rest' },
    ] as const;
    const rollout = await outage.world.start({
      stages: [...stages],
      rollback: { concurrency: 1 },
      credentials: { wait: '2s' },
    });
    await waitForHold(rollout, 'bake');
    outage.begin();
    await rollout.abort({ mode: 'rollback' });
    const outcome = await rollout.result();
    expect(outcome).toMatchObject({ type: 'RollbackIncomplete', result: { counts: { 'restore-failed': 4 } } });
    await outage.end();
    const rollback = await outage.world.rollouts.rollback([{ workflowId: rollout.workflowId }], {
      taskQueue: outage.world.taskQueue,
    });
    expect(await rollback.result()).toMatchObject({ status: 'completed' });
    expect(tokensOf(outage.world)).toEqual(each(ALL, 'optional'));
  });
});
