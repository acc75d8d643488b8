import { randomInt, randomUUID } from 'node:crypto';
import type { TestContext } from 'node:test';
import { Client, type ClientOptions, Connection } from '@temporalio/client';
import { NativeConnection, Worker, type WorkerOptions } from '@temporalio/worker';
import { createSdkLightsail, type RolloutSpecInput } from 'lightsail-imds-rollout';
import { startSimulator } from 'lightsail-imds-rollout/simulator';

/** A fleet of two and a task queue that no other test has, on the server that TEMPORAL_ADDRESS names. */
export async function openStage(t: TestContext) {
  const account = String(randomInt(100_000_000_000, 200_000_000_000));
  const taskQueue = `package-${randomUUID()}`;
  const simulator = await startSimulator({
    scenario: { accounts: [{ id: account }], fleet: [{ region: 'us-east-1', prefix: 'web-', count: 2 }] },
  });
  const { lightsail, close } = createSdkLightsail({ endpoint: simulator.url, credentials: simulator.credentials });
  const address = process.env.TEMPORAL_ADDRESS ?? 'localhost:7233';
  const connection = await NativeConnection.connect({ address });
  const clientConnection = await Connection.connect({ address });
  t.after(async () => {
    close();
    await Promise.all([simulator.close(), connection.close(), clientConnection.close()]);
  });
  const spec: RolloutSpecInput = {
    name: taskQueue,
    options: { httpTokens: 'required' },
    targets: { regions: ['us-east-1'] },
    stages: [{ name: 'all', size: 'rest' }],
    apply: { pollInterval: '100ms' },
    // Dates go through the part of zod that a webpack may bundle wrongly.
    freeze: [{ from: '2020-12-20', to: '2021-01-04' }],
    exceptions: [{ names: ['none-*'], reason: 'nothing to be left alone', until: '2999-12-31' }],
  };
  return {
    lightsail,
    taskQueue,
    spec,
    client: (options: ClientOptions = {}) => new Client({ connection: clientConnection, ...options }),
    worker: (options: Omit<WorkerOptions, 'taskQueue'>) => Worker.create({ connection, taskQueue, ...options }),
    tokens: () => simulator.state.instances().map(({ metadataOptions }) => metadataOptions?.httpTokens),
  };
}
