import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker } from '@temporalio/worker';
import {
  createSdkLightsail,
  DEFAULT_TASK_QUEUE,
  LightsailImdsPlugin,
  type RolloutSpecInput,
} from 'lightsail-imds-rollout';
import { RolloutClient } from 'lightsail-imds-rollout/client';
import { startSimulator } from 'lightsail-imds-rollout/simulator';

/** With the default stages, whose bakes take more than eight hours, the default health checks and the evidence. */
const spec: RolloutSpecInput = {
  name: 'require-imdsv2',
  options: { httpTokens: 'required' },
  targets: { regions: ['us-east-1'] },
};

/** A fleet, a worker that knows no other, and a server whose clock goes on by itself while a result is awaited. */
async function openWorld(t: TestContext) {
  // Without the variable the SDK downloads it.
  const path = process.env.TEMPORAL_TEST_SERVER;
  // One for each test: after a result the clock may be anywhere.
  const environment = await TestWorkflowEnvironment.createTimeSkipping(
    path === undefined ? {} : { server: { executable: { type: 'existing-path', path } } },
  );
  const simulator = await startSimulator({
    scenario: { fleet: [{ region: 'us-east-1', prefix: 'web-', count: 40 }] },
  });
  const { lightsail, close } = createSdkLightsail({
    endpoint: simulator.url,
    credentials: simulator.credentials,
    pacing: { ratePerSecond: 1_000, burst: 1_000 },
  });
  const worker = await Worker.create({
    connection: environment.nativeConnection,
    taskQueue: DEFAULT_TASK_QUEUE,
    plugins: [new LightsailImdsPlugin({ lightsail })],
  });
  const running = worker.run();
  t.after(async () => {
    worker.shutdown();
    await running;
    close();
    await simulator.close();
    await environment.teardown();
  });
  return { simulator, rollouts: new RolloutClient(environment.client) };
}

test('40 instances are hardened, stage after stage', { timeout: 30_000 }, async (t) => {
  const { simulator, rollouts } = await openWorld(t);
  const outcome = await (await rollouts.start(spec)).result();
  assert.equal(outcome.status, 'completed');
  const tokens = simulator.state.instances().map(({ metadataOptions }) => metadataOptions?.httpTokens);
  assert.deepEqual(tokens, Array(40).fill('required'));
});

test('one that breaks takes them all back', { timeout: 30_000 }, async (t) => {
  const { simulator, rollouts } = await openWorld(t);
  const operation = 'UpdateInstanceMetadataOptions';
  simulator.state.addFault({ operation, instance: 'web-7', effect: { unhealthy: true } });
  const outcome = await (await rollouts.start(spec)).result();
  assert.equal(outcome.status === 'failed' && outcome.type, 'RolloutRolledBack');
  const tokens = simulator.state.instances().map(({ metadataOptions }) => metadataOptions?.httpTokens);
  assert.deepEqual(tokens, Array(40).fill('optional'));
});
