import { fileURLToPath } from 'node:url';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { NativeConnection, Worker } from '@temporalio/worker';
import { createSdkLightsail, LightsailImdsPlugin } from 'lightsail-imds-rollout';
import * as activities from './activities.js';

const { connectionOptions, namespace = 'default' } = loadClientConnectConfig();
const connection = await NativeConnection.connect(connectionOptions);
const { lightsail } = createSdkLightsail();
const taskQueue = 'fleet';

const worker = await Worker.create({
  connection,
  namespace,
  taskQueue,
  workflowsPath: fileURLToPath(new URL('./workflows.js', import.meta.url)),
  activities,
  // A spec may ask for activities of yours only where their task queue is named here.
  plugins: [new LightsailImdsPlugin({ lightsail, settings: { taskQueues: [taskQueue] } })],
  shutdownGraceTime: '30s',
});
await worker.run();
await connection.close();
