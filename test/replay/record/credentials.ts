import { randomInt } from 'node:crypto';
import { it } from 'vitest';
import type { RolloutSpecInput } from '../../../src/rollout/spec.js';
import { ALL, createOutage, type Outage } from '../../support/key-outage.js';
import { ONE_STAGE } from '../../support/rollouts.js';
import { waitForHold, waitForStatus, waitUntil } from '../../support/wait.js';
import { createWorld, type WorldOptions } from '../../support/world.js';
import { batchOf, recordRun } from '../corpus.js';

const EXPIRED = { name: 'ExpiredTokenException', isLapsed: true };
const SLOW_CHANGES = { scenario: { pending: { min: 1_500, max: 2_000 } } };
const MOST: RolloutSpecInput['stages'] = [
  { name: 'most', size: 4, bake: '10m' },
  { name: 'rest', size: 'rest' },
];

type Context = Parameters<typeof createOutage>[1];

async function inChange(
  onTestFinished: Context,
  spec: Partial<RolloutSpecInput> = {},
  options?: Partial<WorldOptions>,
) {
  const outage = await createOutage(EXPIRED, onTestFinished, { ...SLOW_CHANGES, ...options });
  const rollout = await outage.world.start({ ...ONE_STAGE, concurrency: 3, ...spec });
  await waitUntil('changes have begun', () => outage.world.updates().length >= 2);
  outage.begin();
  await waitForHold(rollout, 'credentials');
  return { outage, rollout };
}

async function inRollback(onTestFinished: Context, spec: Partial<RolloutSpecInput> = {}) {
  const outage = await createOutage(EXPIRED, onTestFinished);
  const rollout = await outage.world.start({ stages: MOST, ...spec });
  await waitForHold(rollout, 'bake');
  outage.begin();
  await rollout.abort({ mode: 'rollback', by: 'recorder' });
  return { outage, rollout };
}

it('records a rollout whose keys are refused in the middle of its changes', async ({ onTestFinished }) => {
  const { outage, rollout } = await inChange(onTestFinished);
  await outage.end();
  await rollout.result();
  await recordRun('keyless-rollout', outage.world, rollout);
  await recordRun('keyless-batch', outage.world, batchOf(rollout, 'all/1'));
});

it('records a rollout whose keys are refused while it bakes', async ({ onTestFinished }) => {
  const outage = await createOutage(EXPIRED, onTestFinished);
  const rollout = await outage.world.start({
    health: { interval: '200ms', checks: [{ status: true }] },
    stages: [
      { name: 'canary', size: 2, bake: '1s' },
      { name: 'rest', size: 'rest' },
    ],
  });
  await waitForHold(rollout, 'bake');
  outage.begin();
  await waitForHold(rollout, 'credentials');
  await outage.end();
  await rollout.result();
  await recordRun('keyless-bake', outage.world, rollout);
});

it('records a bake of two accounts, of which one is refused', async ({ onTestFinished }) => {
  const other = String(randomInt(100_000_000_000, 999_999_999_999));
  const options = { httpTokens: 'optional', httpEndpoint: 'enabled', httpPutResponseHopLimit: 1 } as const;
  const inOne = { region: 'us-east-1', prefix: 'web-', count: 2, options };
  const world = await createWorld({
    onTestFinished,
    otherAccounts: [{ id: other, roles: [{ name: 'imds-rollout' }] }],
    sdk: { accounts: { [other]: { role: `arn:aws:iam::${other}:role/imds-rollout` } } },
    fleet: [inOne, { ...inOne, account: other }],
  });
  const rollout = await world.start({
    targets: { accounts: [world.account, other], regions: ['us-east-1'] },
    health: { interval: '200ms', checks: [{ status: true }] },
    stages: [
      { name: 'most', size: 3, bake: '1s' },
      { name: 'rest', size: 'rest' },
    ],
  });
  await waitForHold(rollout, 'bake');
  world.simulator.state.addFault({ account: other, effect: { error: 'UnrecognizedClientException' } });
  await waitForHold(rollout, 'credentials');
  world.simulator.state.clearFaults();
  await rollout.result();
  await recordRun('keyless-account', world, rollout);
});

it('records rollouts whose keys are refused while they plan: known ones, and unknown ones', async ({
  onTestFinished,
}) => {
  const plan = async (name: string, kind: typeof EXPIRED, spec: Partial<RolloutSpecInput>) => {
    const outage = await createOutage(kind, onTestFinished);
    outage.begin();
    const rollout = await outage.world.start({ ...ONE_STAGE, ...spec });
    if (kind.isLapsed) {
      await waitForHold(rollout, 'credentials');
      await outage.end();
    }
    await rollout.result();
    await recordRun(name, outage.world, rollout);
  };
  await plan('keyless-plan', EXPIRED, {});
  await plan('unknown-keys', { name: 'UnrecognizedClientException', isLapsed: false }, {});
});

it('records evidence that is read once the keys are accepted again', async ({ onTestFinished }) => {
  const outage = await createOutage(EXPIRED, onTestFinished);
  const { account, simulator } = outage.world;
  const { state } = simulator;
  // One that is younger than the time that evidence looks back.
  state.createInstance({ account, region: 'us-east-1', name: 'young', metadataOptions: { httpTokens: 'optional' } });
  state.addFault({ operation: 'GetInstanceMetricData', effect: { error: EXPIRED.name } });
  const rollout = await outage.world.start({ ...ONE_STAGE, evidence: { onUnknown: 'allow' } });
  await waitForHold(rollout, 'credentials');
  await outage.end();
  await rollout.result();
  await recordRun('keyless-evidence', outage.world, rollout);
});

it('records aborts while the keys are refused: one that halts, and one that waits to restore', async ({
  onTestFinished,
}) => {
  const halted = await inChange(onTestFinished);
  await halted.rollout.abort({ by: 'recorder' });
  await halted.rollout.result();
  await recordRun('keyless-abort', halted.outage.world, halted.rollout);
  await recordRun('unconfirmed-batch', halted.outage.world, batchOf(halted.rollout, 'all/1'));

  const { outage, rollout } = await inChange(onTestFinished);
  await rollout.abort({ mode: 'rollback', by: 'recorder' });
  await waitForStatus(rollout, ({ phase, waiting }) => phase === 'reverting' && waiting?.for === 'credentials');
  await outage.end();
  await rollout.result();
  await recordRun('keyless-rollback-abort', outage.world, rollout);
});

it('records a rollout that halts, as its keys are refused for longer than its spec allows', async ({
  onTestFinished,
}) => {
  const { outage, rollout } = await inChange(onTestFinished, { credentials: { wait: '2s' } });
  await rollout.result();
  await recordRun('keyless-halt', outage.world, rollout);
});

it('records a rollout whose keys are refused while it is rolled back: for a while, and for too long', async ({
  onTestFinished,
}) => {
  const waiting = await inRollback(onTestFinished);
  await waitForHold(waiting.rollout, 'credentials');
  await waiting.outage.end();
  await waiting.rollout.result();
  await recordRun('keyless-restores', waiting.outage.world, waiting.rollout);
  await recordRun('keyless-restore', waiting.outage.world, batchOf(waiting.rollout, 'restore/1'));

  const left = await inRollback(onTestFinished, { rollback: { concurrency: 1 }, credentials: { wait: '2s' } });
  await left.rollout.result();
  await recordRun('keyless-end', left.outage.world, left.rollout);
  await recordRun('keyless-left', left.outage.world, batchOf(left.rollout, 'restore/1'));
  await rollBack(left.outage, left.rollout.workflowId, 'keyless-again');
});

it('records a rollback whose keys are refused', async ({ onTestFinished }) => {
  const outage = await createOutage(EXPIRED, onTestFinished);
  const rollout = await outage.world.start(ONE_STAGE);
  await rollout.result();
  outage.begin();
  await rollBack(outage, rollout.workflowId, 'keyless-rollback');
});

it('records a plan that waits for keys', async ({ onTestFinished }) => {
  const outage = await createOutage(EXPIRED, onTestFinished);
  const { client, rollouts, spec, taskQueue, account } = outage.world;
  outage.begin();
  const workflowId = `plan-${account}`;
  const planned = rollouts.plan(spec(), { taskQueue, workflowId });
  await waitUntil('a plan that waits', async () => {
    const { raw } = await client.workflow.getHandle(workflowId).describe();
    return raw.pendingActivities?.some(({ activityType }) => activityType?.name === 'lightsailImdsAwaitKeys') === true;
  });
  await outage.end();
  await planned;
  await recordRun('keyless-made-plan', outage.world, { workflowId });
});

it('records a last sweep whose keys are refused', async ({ onTestFinished }) => {
  const outage = await createOutage(EXPIRED, onTestFinished);
  const rollout = await outage.world.start({
    health: { checks: [] },
    stages: [{ name: 'all', size: 'rest', bake: '10m' }],
  });
  await waitForHold(rollout, 'bake');
  outage.begin();
  await rollout.skipBake({ by: 'recorder' });
  await waitForHold(rollout, 'credentials');
  await outage.end();
  await rollout.result();
  await recordRun('keyless-sweep', outage.world, rollout);
});

it('records instances that an operator takes back while the keys are refused: once they are accepted, and with all the rest', async ({
  onTestFinished,
}) => {
  for (const [name, isAborted] of [
    ['keyless-revert', false],
    ['keyless-left-revert', true],
  ] as const) {
    const outage = await createOutage(EXPIRED, onTestFinished);
    const rollout = await outage.world.start({ stages: MOST, failure: { max: 5, revert: 'failed' } });
    await waitForHold(rollout, 'bake');
    outage.begin();
    const [changed = ''] = changedNames(outage);
    await rollout.revert({ names: [changed], by: 'recorder' });
    await waitForHold(rollout, 'credentials');
    if (isAborted) await rollout.abort({ mode: 'rollback', by: 'recorder' });
    await outage.end();
    if (!isAborted) {
      await waitForHold(rollout, 'bake');
      await waitUntil('it is back', () => !changedNames(outage).includes(changed));
      await rollout.abort({ by: 'recorder' });
    }
    await rollout.result();
    await recordRun(name, outage.world, rollout);
  }
});

it('records an instance that is taken back while its own change waits for keys', async ({ onTestFinished }) => {
  const { outage, rollout } = await inChange(onTestFinished, { failure: { max: 5, revert: 'failed' } });
  const begun = ALL.find((name) => outage.world.updates(name).length > 0);
  await rollout.revert({ names: [begun ?? ''], by: 'recorder' });
  await outage.end();
  await rollout.result();
  await recordRun('keyless-taken-batch', outage.world, batchOf(rollout, 'all/1'));
});

it('records two rollbacks of what was never confirmed: the second one reads what the first has restored', async ({
  onTestFinished,
}) => {
  const { outage, rollout } = await inChange(onTestFinished);
  await rollout.abort({ by: 'recorder' });
  await rollout.result();
  await outage.end();
  await rollBack(outage, rollout.workflowId, 'first-rollback');
  await rollBack(outage, rollout.workflowId, 'second-rollback');
});

/** The instances that are at the wanted value now. */
function changedNames({ world }: Outage): string[] {
  return ALL.filter((name) => world.instance(name).metadataOptions?.httpTokens === 'required');
}

/** Rolls back; an outage ends once the rollback waits for it. */
async function rollBack(outage: Outage, workflowId: string, name: string): Promise<void> {
  const { world } = outage;
  const rollback = await world.rollouts.rollback([{ workflowId }], { taskQueue: world.taskQueue });
  if (name === 'keyless-rollback') await waitForHold(rollback, 'credentials');
  await outage.end();
  await rollback.result();
  await recordRun(name, world, rollback);
}
