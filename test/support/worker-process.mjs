// A worker as a process of its own, from the built package: Vitest's transform is not there in a child process.
import process from 'node:process';
import { NativeConnection, Worker } from '@temporalio/worker';
import { createSdkLightsail } from '../../dist/lightsail/index.js';
import { LightsailImdsPlugin } from '../../dist/plugin.js';

const { address, namespace, taskQueue, workflowBundle, endpoint, accessKeyId, secretAccessKey, stopAt, clockAhead } =
  JSON.parse(process.argv[2]);
const realNow = Date.now;
Date.now = () => realNow() + clockAhead;
process.on('disconnect', () => process.exit());
const { lightsail } = createSdkLightsail({
  endpoint,
  credentials: { accessKeyId, secretAccessKey },
  requestTimeoutMs: 120_000,
  pacing: { ratePerSecond: 1_000, burst: 1_000 },
});
/** Stops this process where the first Update of an instance has been recorded, and its bytes are about to leave. */
let isStopped = false;
function stopping(calls) {
  if (stopAt === undefined) return calls;
  const updateInstanceMetadataOptions = async (request, call) => {
    if (isStopped || request.instanceName !== stopAt) return calls.updateInstanceMetadataOptions(request, call);
    isStopped = true;
    const confirm = () => {
      process.send('stopping');
      process.kill(process.pid, 'SIGSTOP');
      call.confirm?.();
    };
    try {
      return await calls.updateInstanceMetadataOptions(request, { ...call, confirm });
    } catch (error) {
      process.send(error.name);
      throw error;
    }
  };
  return { ...calls, updateInstanceMetadataOptions };
}
const stoppable = new Map();
function lightsailFor(scope) {
  const calls = lightsail(scope);
  if (!stoppable.has(calls)) stoppable.set(calls, stopping(calls));
  return stoppable.get(calls);
}
const worker = await Worker.create({
  connection: await NativeConnection.connect({ address }),
  namespace,
  taskQueue,
  workflowBundle: { codePath: workflowBundle },
  plugins: [new LightsailImdsPlugin({ lightsail: lightsailFor })],
  // Where coverage is measured, the bundle counts; what this process counts dies with it.
  sinks: { coverage: { add: { fn: () => {}, callDuringReplay: true } } },
});
const running = worker.run();
process.send('ready');
await running;
