const assert = require('node:assert/strict');
const { randomInt, randomUUID } = require('node:crypto');
const test = require('node:test');
const { Client, Connection } = require('@temporalio/client');
const { NativeConnection, Worker } = require('@temporalio/worker');

const address = process.env.TEMPORAL_ADDRESS;
const account = String(randomInt(100_000_000_000, 200_000_000_000));
const taskQueue = `package-${randomUUID()}`;

test('workers that have the activities only serve rollouts of a worker that has the workflows only', async (t) => {
  const { createSdkLightsail } = await import('lightsail-imds-rollout');
  const { createActivities, createControlActivities } = await import('lightsail-imds-rollout/activities');
  const { RolloutClient } = await import('lightsail-imds-rollout/client');
  const { startSimulator } = await import('lightsail-imds-rollout/simulator');

  const fleet = [{ region: 'us-east-1', prefix: 'web-', count: 2 }];
  const simulator = await startSimulator({ scenario: { accounts: [{ id: account }], fleet } });
  const { lightsail, close } = createSdkLightsail({ endpoint: simulator.url, credentials: simulator.credentials });
  const connection = await NativeConnection.connect({ address });
  const clientConnection = await Connection.connect({ address });
  t.after(async () => {
    close();
    await Promise.all([simulator.close(), connection.close(), clientConnection.close()]);
  });

  const workflowsPath = require.resolve('lightsail-imds-rollout/workflows');
  const decides = await Worker.create({ connection, taskQueue, workflowsPath });
  const acts = await Worker.create({ connection, taskQueue, activities: createActivities({ lightsail }) });
  const watches = await Worker.create({
    connection,
    taskQueue: `${taskQueue}-control`,
    activities: createControlActivities({ lightsail }),
  });

  const outcome = watches.runUntil(
    acts.runUntil(
      decides.runUntil(async () => {
        const spec = {
          name: taskQueue,
          options: { httpTokens: 'required' },
          targets: { regions: ['us-east-1'] },
          stages: [{ name: 'all', size: 'rest' }],
          apply: { pollInterval: '100ms' },
        };
        const rollout = await new RolloutClient(new Client({ connection: clientConnection })).start(spec, {
          taskQueue,
        });
        return rollout.result();
      }),
    ),
  );
  const { status, result } = await outcome;
  assert.deepEqual([status, result.counts.changed], ['completed', 2]);
});

test('the package can be required too, where Node loads modules so', () => {
  const { LightsailImdsPlugin } = require('lightsail-imds-rollout');
  const { SimplePlugin } = require('@temporalio/plugin');
  assert.ok(LightsailImdsPlugin.prototype instanceof SimplePlugin);
});
