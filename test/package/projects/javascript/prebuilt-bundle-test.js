import assert from 'node:assert/strict';
import { randomInt, randomUUID } from 'node:crypto';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { bundleWorkflowCode, NativeConnection, Worker } from '@temporalio/worker';
import { createSdkLightsail, LightsailImdsPlugin } from 'lightsail-imds-rollout';
import { RolloutClient } from 'lightsail-imds-rollout/client';
import { startSimulator } from 'lightsail-imds-rollout/simulator';

const address = process.env.TEMPORAL_ADDRESS;
const account = String(randomInt(100_000_000_000, 200_000_000_000));
const taskQueue = `package-${randomUUID()}`;

test('workflows of ours and of the user run from a bundle that was made before, with the plugin', async (t) => {
  const fleet = [{ region: 'us-east-1', prefix: 'web-', count: 2 }];
  const simulator = await startSimulator({ scenario: { accounts: [{ id: account }], fleet } });
  const { lightsail, close } = createSdkLightsail({ endpoint: simulator.url, credentials: simulator.credentials });
  const connection = await NativeConnection.connect({ address });
  const clientConnection = await Connection.connect({ address });
  t.after(async () => {
    close();
    await Promise.all([simulator.close(), connection.close(), clientConnection.close()]);
  });
  const plugins = [new LightsailImdsPlugin({ lightsail })];
  const workflowsPath = fileURLToPath(new URL('./workflows.js', import.meta.url));
  const workflowBundle = await bundleWorkflowCode({ workflowsPath, plugins });
  const worker = await Worker.create({ connection, taskQueue, workflowBundle, plugins });
  const client = new Client({ connection: clientConnection });
  await worker.runUntil(async () => {
    const args = ['you'];
    const greeting = client.workflow.execute('greetWorkflow', { workflowId: `greet-${taskQueue}`, taskQueue, args });
    const rollout = await new RolloutClient(client).start(
      {
        name: taskQueue,
        options: { httpTokens: 'required' },
        targets: { regions: ['us-east-1'] },
        stages: [{ name: 'all', size: 'rest' }],
        apply: { pollInterval: '100ms' },
      },
      { taskQueue },
    );
    assert.equal(await greeting, 'hello you');
    const { status, result } = await rollout.result();
    assert.deepEqual([status, result.counts.changed], ['completed', 2]);
  });
});
