import { Client, Connection } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { RolloutClient } from 'lightsail-imds-rollout/client';
import { dataConverter } from './codec.js';

const { connectionOptions, namespace = 'default' } = loadClientConnectConfig();
const connection = await Connection.connect(connectionOptions);
const client = new Client({ connection, namespace, dataConverter });

const rollout = await new RolloutClient(client).start({
  name: 'secret-imdsv2',
  options: { httpTokens: 'required' },
  targets: { regions: ['eu-west-1'] },
  stages: [{ name: 'all', size: 'rest', bake: '2s' }],
});
const outcome = await rollout.result();
console.log(outcome.status, outcome.result?.counts);

// What the server has of the spec, and everybody who may read there.
const { events } = await client.workflow.getHandle(rollout.workflowId).fetchHistory();
const [spec] = events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads ?? [];
console.log('on the server:', Buffer.from(spec?.metadata?.encoding ?? []).toString());
await connection.close();
