import assert from 'node:assert/strict';
import { randomInt, randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { type TestContext, test } from 'node:test';
import { Client, Connection } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { createSdkLightsail, type RolloutSpecInput, runWorker } from 'lightsail-imds-rollout';
import { RolloutClient } from 'lightsail-imds-rollout/client';
import { startSimulator } from 'lightsail-imds-rollout/simulator';
import { parse } from 'yaml';

const { connectionOptions, namespace = 'default' } = loadClientConnectConfig();

/** The spec that is tested, as it goes to production. */
const spec: RolloutSpecInput = parse(await readFile('tests/rollout.yaml', 'utf8'));

/** Without what takes hours or a person: selection, stages, overrides and budget are as written. */
const hurried: RolloutSpecInput = {
  ...spec,
  stages: spec.stages?.map(({ approval, ...stage }) => ({ ...stage, bake: '1s' })),
  health: { ...spec.health, interval: '200ms' },
};

/** A fleet with what the spec speaks of, a worker that knows no other, and a client. */
async function openWorld(t: TestContext) {
  // Of its own in each test: a server that several tests share lets one rollout write in an account at a time.
  const account = String(randomInt(100_000_000_000, 200_000_000_000));
  const taskQueue = `test-${randomUUID()}`;
  const simulator = await startSimulator({
    scenario: {
      accounts: [{ id: account }],
      fleet: [
        { region: 'us-east-1', prefix: 'shop-', count: 4, tags: { app: 'shop', env: 'prod' } },
        { region: 'us-east-1', prefix: 'docker-', count: 2, tags: { app: 'api', env: 'prod', runtime: 'docker' } },
        { region: 'us-east-1', prefix: 'trial-', count: 2, tags: { app: 'shop', env: 'test' } },
      ],
    },
  });
  const { lightsail, close } = createSdkLightsail({
    endpoint: simulator.url,
    credentials: simulator.credentials,
    // Five calls a second are for Lightsail, whose limit isn't known.
    pacing: { ratePerSecond: 1_000, burst: 1_000 },
  });
  const stopping = new AbortController();
  const worker = runWorker({ connection: connectionOptions, namespace, taskQueue, lightsail, signal: stopping.signal });
  const connection = await Connection.connect(connectionOptions);
  t.after(async () => {
    stopping.abort();
    await worker;
    close();
    await Promise.all([connection.close(), simulator.close()]);
  });
  const rollouts = new RolloutClient(new Client({ connection, namespace }));
  return {
    simulator,
    plan: () => rollouts.plan(spec, { taskQueue }),
    start: () => rollouts.start(hurried, { taskQueue, workflowId: `rollout-${taskQueue}` }),
    /** How every instance is set, whatever a rollout says of it. */
    tokens: () =>
      simulator.state.instances().map(({ name, metadataOptions }) => `${name} ${metadataOptions?.httpTokens}`),
  };
}

test('the canary has one host of every app, and no test host is touched', async (t) => {
  const world = await openWorld(t);
  const { stages } = await world.plan();
  const names = stages.map((stage) => stage.targets.map(({ name }) => name).sort());
  assert.deepEqual(names, [
    ['docker-1', 'shop-1'],
    ['docker-2', 'shop-2', 'shop-3', 'shop-4'],
  ]);
});

test('the fleet is hardened, and containers still reach the service', async (t) => {
  const world = await openWorld(t);
  const outcome = await (await world.start()).result();
  assert.equal(outcome.status, 'completed');
  assert.deepEqual(world.tokens(), [
    ...['shop-1', 'shop-2', 'shop-3', 'shop-4', 'docker-1', 'docker-2'].map((name) => `${name} required`),
    ...['trial-1', 'trial-2'].map((name) => `${name} optional`),
  ]);
  const docker = world.simulator.state.instances().filter(({ name }) => name.startsWith('docker-'));
  assert.deepEqual(
    docker.map(({ metadataOptions }) => metadataOptions?.httpPutResponseHopLimit),
    [2, 2],
  );
});

test('a canary that breaks takes the rollout back before it reaches the rest', async (t) => {
  const world = await openWorld(t);
  const update = 'UpdateInstanceMetadataOptions';
  world.simulator.state.addFault({ operation: update, instance: 'shop-1', effect: { unhealthy: true } });
  const outcome = await (await world.start()).result();
  assert.equal(outcome.status === 'failed' && outcome.type, 'RolloutRolledBack');
  assert.ok(world.tokens().every((line) => line.endsWith(' optional')));
  const touched = new Set(world.simulator.state.calls({ operation: update }).map(({ instanceName }) => instanceName));
  assert.deepEqual([...touched].sort(), ['docker-1', 'shop-1']);
});
