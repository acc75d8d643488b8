import { Client, Connection } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { RolloutClient } from 'lightsail-imds-rollout/client';

const { connectionOptions, namespace = 'default' } = loadClientConnectConfig();
const connection = await Connection.connect(connectionOptions);
const client = new Client({ connection, namespace });

const rollout = await new RolloutClient(client).start({
  name: 'require-imdsv2',
  options: { httpTokens: 'required' },
  targets: { regions: ['eu-west-1'] },
  stages: [
    // For your own fleet 7h: software may keep the credentials that it has read for six hours.
    { name: 'canary', size: 1, bake: '2s' },
    { name: 'rest', size: 'rest', bake: '2s' },
  ],
});
console.log(`${rollout.workflowId} has started`);

const outcome = await rollout.result();
console.log(outcome.status, outcome.result?.counts);
if (outcome.status === 'failed') console.log(`${outcome.type}: ${outcome.message}`);
await connection.close();
