import { Client, Connection } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import type { RolloutSpecInput } from 'lightsail-imds-rollout';
import type { hardenFleet } from './workflows.js';

const { connectionOptions, namespace = 'default' } = loadClientConnectConfig();
const connection = await Connection.connect(connectionOptions);
const client = new Client({ connection, namespace });

const spec: RolloutSpecInput = {
  name: 'harden-workers',
  options: { httpTokens: 'required' },
  targets: { regions: ['us-east-1'], include: { tags: { role: 'worker' } } },
  stages: [{ name: 'all', size: 'rest', bake: '8s' }],
  health: {
    interval: '1s',
    checks: [{ status: true }, { activity: { type: 'checkReporting', taskQueue: 'fleet' } }],
  },
  // One instance may fail, and goes back alone; at the second one the rollout stops.
  failure: { max: 1, revert: 'failed' },
};

const summary = await client.workflow.execute<typeof hardenFleet>('hardenFleet', {
  workflowId: 'harden-fleet',
  taskQueue: 'fleet',
  args: [spec],
});
console.log(summary);
await connection.close();
