import { setTimeout as delay } from 'node:timers/promises';
import { expect, type TestContext } from 'vitest';
import type { WebhookBody } from '../../src/activities/notify.js';
import type { RolloutHandle } from '../../src/client/index.js';
import type { RolloutSpecInput } from '../../src/rollout/spec.js';
import { each, names, ONE_STAGE, tokensOf } from './rollouts.js';
import { SECRET_KEY } from './secret-pattern.js';
import { waitForHold, waitUntil } from './wait.js';
import { startWebhook } from './webhook.js';
import { ACCESS_KEY, createWorld, type World, type WorldOptions } from './world.js';

const FLEET = 6;

/** How long each outage lasts after the hold was seen: not at all, unless somebody wants to look at longer ones. */
export const OUTAGE_SECONDS = Number(process.env.OUTAGE_SECONDS ?? 0);

/** An outage of the caller's keys, which a test begins and ends. */
export interface Outage {
  readonly world: World;
  readonly told: readonly WebhookBody[];
  begin(): void;
  end(): Promise<void>;
}

export interface Kind {
  readonly name: string;
  readonly isLapsed: boolean;
}

/** What AWS answers to a call. */
export const ANSWERS: readonly Kind[] = [
  { name: 'ExpiredToken', isLapsed: true },
  { name: 'ExpiredTokenException', isLapsed: true },
  { name: 'RequestExpired', isLapsed: true },
  { name: 'UnrecognizedClientException', isLapsed: false },
  { name: 'InvalidClientTokenId', isLapsed: false },
  { name: 'InvalidSignatureException', isLapsed: false },
  { name: 'SignatureDoesNotMatch', isLapsed: false },
];

/** What the SDK throws before it sends anything. */
export const THROWN: readonly Kind[] = [
  { name: 'CredentialsProviderError', isLapsed: false },
  { name: 'TokenProviderError', isLapsed: true },
  { name: 'ECONNREFUSED', isLapsed: true },
];

export async function createOutage(
  { name }: Kind,
  onTestFinished: TestContext['onTestFinished'],
  options: Omit<WorldOptions, 'onTestFinished' | 'settings' | 'sdk'> = {},
): Promise<Outage> {
  const { address: notifyWebhook, told } = await startWebhook(onTestFinished);
  const isThrown = THROWN.some((kind) => kind.name === name);
  let isDown = false;
  const credentials = async () => {
    if (isDown) throw Object.assign(new Error('no keys for now'), { name });
    // They are to end soon, so that the SDK asks for others each time.
    const expiration = new Date(Date.now() + 60_000);
    return { accessKeyId: ACCESS_KEY, secretAccessKey: SECRET_KEY, expiration };
  };
  const world = await createWorld({
    onTestFinished,
    fleet: FLEET,
    settings: { notifyWebhook },
    ...options,
    ...(isThrown && { sdk: { credentials } }),
  });
  return {
    world,
    told,
    begin: () => {
      isDown = true;
      if (!isThrown) world.simulator.state.addFault({ effect: { error: name } });
    },
    end: async () => {
      await delay(OUTAGE_SECONDS * 1_000);
      isDown = false;
      world.simulator.state.clearFaults();
    },
  };
}

/** Everybody is told which account it is, and that nothing of it is about an instance. */
async function seesHold({ world, told }: Outage, rollout: RolloutHandle): Promise<void> {
  const { waiting, counts, budget } = await waitForHold(rollout, 'credentials');
  expect(waiting?.reason).toMatch(/^the keys for .*account.* are refused in us-east-1: .*worker's credentials/);
  expect(budget).toMatchObject({ failed: 0 });
  expect(counts.failed ?? 0).toBe(0);
  expect(counts['restore-failed'] ?? 0).toBe(0);
  await waitUntil('a notification of the hold', () =>
    told.some(({ event, text }) => event === 'hold' && /waits for credentials: the keys for/.test(text)),
  );
  const handle = world.client.workflow.getHandle(rollout.workflowId);
  // What the Temporal UI shows above the history.
  const { currentDetails } = await handle.query<{ currentDetails: string }>('__temporal_workflow_metadata');
  expect(currentDetails).toMatch(/\*\*Waits for credentials that are accepted\*\*.* are refused in us-east-1/);
  const { raw } = await handle.describe();
  expect(raw.pendingActivities?.some(({ activityType }) => activityType?.name === 'lightsailImdsApply')).not.toBe(true);
}

/** A rollout whose changed instances are watched, and read often. */
const WATCHED: Partial<RolloutSpecInput> = { health: { interval: '200ms', checks: [{ status: true }] } };

export interface Situation {
  readonly when: string;
  readonly run: (outage: Outage) => Promise<void>;
  readonly options?: Omit<WorldOptions, 'onTestFinished'>;
}

export const ALL = names(FLEET);

export const SITUATIONS: readonly Situation[] = [
  {
    when: 'in the middle of changes',
    options: { scenario: { pending: { min: 1_500, max: 2_000 } } },
    run: async (outage) => {
      const { world } = outage;
      const rollout = await world.start({ ...ONE_STAGE, concurrency: 3 });
      await waitUntil('changes have begun', () => world.updates().length >= 2);
      outage.begin();
      await seesHold(outage, rollout);
      await outage.end();
      const outcome = await rollout.result();
      expect(outcome).toMatchObject({ status: 'completed', result: { counts: { changed: FLEET } } });
      expect(tokensOf(world)).toEqual(each(ALL, 'required'));
      // Followed, and not sent once more.
      for (const name of ALL) expect(world.updates(name).filter(({ status }) => status === 200)).toHaveLength(1);
    },
  },
  {
    when: 'while a stage bakes',
    run: async (outage) => {
      const { world } = outage;
      const stages = [
        { name: 'canary', size: 2, bake: '1s' },
        { name: 'rest', size: 'rest' },
      ] as const;
      const rollout = await world.start({ ...WATCHED, stages: [...stages] });
      await waitForHold(rollout, 'bake');
      outage.begin();
      await seesHold(outage, rollout);
      await outage.end();
      expect(await rollout.result()).toMatchObject({ status: 'completed', result: { counts: { changed: FLEET } } });
    },
  },
  {
    when: 'while a rollout goes back',
    run: async (outage) => {
      const { world } = outage;
      const stages = [
        { name: 'most', size: 4, bake: '10m' },
        { name: 'rest', size: 'rest' },
      ] as const;
      const rollout = await world.start({ stages: [...stages] });
      await waitForHold(rollout, 'bake');
      outage.begin();
      await rollout.abort({ mode: 'rollback' });
      await seesHold(outage, rollout);
      expect((await rollout.status()).phase).toBe('reverting');
      await outage.end();
      const outcome = await rollout.result();
      expect(outcome).toMatchObject({ type: 'RolloutRolledBack', result: { counts: { restored: 4 } } });
      expect(tokensOf(world)).toEqual(each(ALL, 'optional'));
    },
  },
  {
    when: 'in a rollback of its own',
    run: async (outage) => {
      const { world } = outage;
      const rollout = await world.start(ONE_STAGE);
      expect(await rollout.result()).toMatchObject({ status: 'completed' });
      outage.begin();
      const rollback = await world.rollouts.rollback([{ workflowId: rollout.workflowId }], {
        taskQueue: world.taskQueue,
      });
      await seesHold(outage, rollback);
      await outage.end();
      expect(await rollback.result()).toMatchObject({ status: 'completed', result: { counts: { restored: FLEET } } });
      expect(tokensOf(world)).toEqual(each(ALL, 'optional'));
    },
  },
];

/** A rollout is started while its keys are refused. */
export async function planDuring(kind: Kind, onTestFinished: TestContext['onTestFinished']): Promise<void> {
  const outage = await createOutage(kind, onTestFinished);
  outage.begin();
  const rollout = await outage.world.start(ONE_STAGE);
  if (kind.isLapsed) {
    await seesHold(outage, rollout);
    expect((await rollout.status()).phase).toBe('planning');
    await outage.end();
    expect(await rollout.result()).toMatchObject({ status: 'completed', result: { counts: { changed: FLEET } } });
    return;
  }
  expect(await rollout.result()).toMatchObject({ type: 'PlanFailed', message: expect.stringContaining(kind.name) });
  expect(outage.world.updates()).toEqual([]);
}
