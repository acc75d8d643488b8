// A worker as a process of its own, to be killed.
import { NativeConnection, Worker } from '@temporalio/worker';
import { createSdkLightsail } from '../src/lightsail/index.js';
import { LightsailImdsPlugin } from '../src/plugin.js';
import type { Version } from './versions.js';

export interface WorkerSettings {
  readonly address: string;
  readonly taskQueue: string;
  readonly bundle: string;
  readonly endpoint: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** 0: every workflow task replays its history from the start. */
  readonly maxCachedWorkflows: number;
  /** None: it does the work of any. */
  readonly version?: Version;
}

/** The limits of a real account would make every run as slow as one. */
const UNPACED = { ratePerSecond: 200, burst: 200 };

async function work(settings: WorkerSettings): Promise<void> {
  const { address, taskQueue, bundle, endpoint, maxCachedWorkflows, version, ...credentials } = settings;
  const { lightsail } = createSdkLightsail({ endpoint, credentials, requestTimeoutMs: 5_000, pacing: UNPACED });
  const worker = await Worker.create({
    connection: await NativeConnection.connect({ address }),
    taskQueue,
    workflowBundle: { codePath: bundle },
    maxCachedWorkflows,
    plugins: [new LightsailImdsPlugin({ lightsail })],
    shutdownGraceTime: '2s',
    ...(version !== undefined && {
      workerDeploymentOptions: { version, useWorkerVersioning: true, defaultVersioningBehavior: 'PINNED' },
    }),
  });
  const running = worker.run();
  process.on('SIGTERM', () => worker.getState() === 'RUNNING' && worker.shutdown());
  process.send?.('ready');
  await running;
  process.exit();
}

process.on('disconnect', () => process.exit());
await work(JSON.parse(process.argv[2] ?? ''));
