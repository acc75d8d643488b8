// A Temporal server, a worker of the built package and a few simulated instances, for clients that know only Temporal.
import { DefaultLogger, Runtime } from '@temporalio/worker';
import { createSdkLightsail } from '../../dist/lightsail/index.js';
import { openTemporalServer } from '../../dist/server/index.js';
import { startSimulator } from '../../dist/simulator/index.js';
import { runWorker } from '../../dist/worker.js';

const TASK_QUEUE = 'imds-rollout-conformance';
const FLEET = [{ region: 'us-east-1', prefix: 'web-', count: 3 }];

// What a rollout logs is no news here: it is the clients that say how it went.
Runtime.install({ logger: new DefaultLogger('ERROR') });

/** Opens it; `env` says where it is. */
export async function openRolloutWorld() {
  const closers = [];
  const close = async () => {
    for (const closeOne of closers.splice(0).reverse()) await closeOne();
  };
  try {
    // An account of its own, since a server that was running before may hold the leases of another run.
    const account = String(100_000_000_000 + Math.floor(Math.random() * 899_999_999_999));
    const simulator = await startSimulator({
      scenario: { accounts: [{ id: account, accessKeyId: 'AKIASIMULATOR0000001' }], fleet: FLEET },
    });
    closers.push(() => simulator.close());
    // A profile may be a production cluster: a running server is used only if TEMPORAL_ADDRESS says so outright.
    const server = await openTemporalServer({ ownServer: !process.env.TEMPORAL_ADDRESS });
    closers.push(() => server.stop());
    const taskQueue = `${TASK_QUEUE}-${account}`;
    closers.push(await startWorker(simulator, server, taskQueue));
    const env = {
      TEMPORAL_ADDRESS: server.address,
      TEMPORAL_NAMESPACE: server.namespace,
      ROLLOUT_TASK_QUEUE: taskQueue,
    };
    return { env, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** @returns what stops it */
async function startWorker(simulator, { connection, namespace }, taskQueue) {
  const { lightsail, close } = createSdkLightsail({
    endpoint: simulator.url,
    credentials: simulator.credentials,
    pacing: { ratePerSecond: 1_000, burst: 1_000 },
  });
  const stopping = new AbortController();
  let worker;
  await new Promise((onReady, reject) => {
    const { signal } = stopping;
    worker = runWorker({ connection, namespace, taskQueue, lightsail, signal, onReady }).finally(close);
    worker.catch(reject);
  });
  return async () => {
    stopping.abort();
    await worker;
  };
}
