import { loadClientConnectConfig } from '@temporalio/envconfig';
import { NativeConnection, Worker } from '@temporalio/worker';
import { createSdkLightsail, DEFAULT_TASK_QUEUE, LightsailImdsPlugin } from 'lightsail-imds-rollout';

// TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, TEMPORAL_API_KEY …, as the Temporal CLI reads them; localhost:7233 where nothing is set.
const { connectionOptions, namespace = 'default' } = loadClientConnectConfig();
const connection = await NativeConnection.connect(connectionOptions);

// The AWS credentials of this process: environment, profile, SSO, role of the container or instance.
const { lightsail } = createSdkLightsail();

const worker = await Worker.create({
  connection,
  namespace,
  taskQueue: DEFAULT_TASK_QUEUE,
  plugins: [new LightsailImdsPlugin({ lightsail })],
  // After SIGTERM or Ctrl-C, changes that are under way have so long to end; the SDK's default is 0.
  shutdownGraceTime: '30s',
});
await worker.run();
await connection.close();
