// A worker as a process of its own, from the built package: Vitest's transform is not there in a child process.
import process from 'node:process';
import { NativeConnection, Worker } from '@temporalio/worker';
import { createSdkLightsail } from '../../dist/lightsail/index.js';
import { LightsailImdsPlugin } from '../../dist/plugin.js';

const { address, namespace, taskQueue, workflowBundle, endpoint, accessKeyId, secretAccessKey } = JSON.parse(
  process.argv[2],
);
process.on('disconnect', () => process.exit());
const { lightsail } = createSdkLightsail({
  endpoint,
  credentials: { accessKeyId, secretAccessKey },
  requestTimeoutMs: 120_000,
});
const worker = await Worker.create({
  connection: await NativeConnection.connect({ address }),
  namespace,
  taskQueue,
  workflowBundle: { codePath: workflowBundle },
  plugins: [new LightsailImdsPlugin({ lightsail })],
  // Where coverage is measured, the bundle counts; what this process counts dies with it.
  sinks: { coverage: { add: { fn: () => {}, callDuringReplay: true } } },
});
const running = worker.run();
process.send('ready');
await running;
