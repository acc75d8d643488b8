import { createSdkLightsail } from '../../lightsail/index.js';
import { type OpenedServer, openTemporalServer } from '../../server/index.js';
import { type Simulator, startSimulator } from '../../simulator/index.js';
import { runWorker } from '../../worker.js';
import { connectSession, type Session } from '../temporal.js';
import { demoScenario } from './scenario.js';

/** Everything that a rollout needs, on this machine. */
export interface DemoStack {
  readonly simulator: Simulator;
  readonly session: Session;
  /** Of the rollouts' names; empty on a server of the demo's own. */
  readonly suffix: string;
  readonly taskQueue: string;
  /** Missing where a server is used that was running before. */
  readonly uiUrl?: string;
  /** Rejects when the worker breaks; otherwise settles once it was stopped. */
  readonly worker: Promise<void>;
  close(): Promise<void>;
}

export interface DemoStackOptions {
  /** A line for each thing that was started, and for each step of a download. */
  readonly report: (line: string) => void;
}

/** Starts a simulated Lightsail, a Temporal server with its UI, and a worker between them. */
export async function openDemoStack({ report }: DemoStackOptions): Promise<DemoStack> {
  const closers: (() => Promise<void>)[] = [];
  const close = async (): Promise<void> => {
    for (const closeOne of closers.splice(0).reverse()) await closeOne();
  };
  try {
    // An account of its own, since a server that was running before may hold the leases of another demo.
    const account = String(100_000_000_000 + Math.floor(Math.random() * 899_999_999_999));
    const taskQueue = `imds-rollout-demo-${account}`;
    const simulator = await startSimulator({ scenario: demoScenario(account) });
    closers.push(() => simulator.close());
    report(`Simulated Lightsail  ${simulator.url}`);
    const server = await openServer(report);
    closers.push(() => server.stop());
    const uiUrl = server.kind === 'started' ? server.uiUrl : undefined;
    const whose = server.kind === 'started' ? '' : '  (TEMPORAL_ADDRESS; unset it to start one for the demo)';
    report(`Temporal server      ${server.address}${whose}`);
    report(`Temporal UI          ${uiUrl ?? 'of the server that TEMPORAL_ADDRESS names'}`);
    const session = await connectSession(server);
    report('Worker               starting …');
    const { worker, stop } = await startWorker(simulator, server, taskQueue);
    closers.push(stop);
    const suffix = server.kind === 'started' ? '' : `-${account}`;
    return { simulator, session, suffix, taskQueue, worker, close, ...(uiUrl !== undefined && { uiUrl }) };
  } catch (error) {
    await close();
    throw error;
  }
}

function openServer(report: (line: string) => void): Promise<OpenedServer> {
  const earlier: string[] = [];
  let installing = false;
  return openTemporalServer({
    ui: true,
    // A profile may be a production cluster: a running server is used only where TEMPORAL_ADDRESS says so outright.
    ownServer: !process.env.TEMPORAL_ADDRESS,
    // Ctrl-C is for this process: the worker ends before its server does.
    ownProcessGroup: true,
    // Silent while a server is at hand; from a download on, that and the steps before it.
    onStep: (message, kind) => {
      installing ||= kind === 'install';
      earlier.push(message);
      if (installing) for (const line of earlier.splice(0)) report(`Temporal server: ${line}`);
    },
  });
}

async function startWorker(
  simulator: Simulator,
  server: OpenedServer,
  taskQueue: string,
): Promise<{ worker: Promise<void>; stop: () => Promise<void> }> {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = simulator.env;
  const { lightsail, close } = createSdkLightsail({
    endpoint: simulator.url,
    credentials: { accessKeyId, secretAccessKey },
  });
  const stopping = new AbortController();
  const { promise: ready, resolve: onReady } = promiseWithResolver();
  const { connection, namespace } = server;
  const worker = runWorker({ connection, namespace, taskQueue, lightsail, signal: stopping.signal, onReady }).finally(
    close,
  );
  await Promise.race([ready, worker]);
  const stop = async (): Promise<void> => {
    stopping.abort();
    // Its error, if any, is reported by whoever waits for the worker.
    await worker.catch(() => {});
  };
  return { worker, stop };
}

function promiseWithResolver(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => {};
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
