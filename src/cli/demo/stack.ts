import { createSdkLightsail, type LightsailFor, type PacingLimits } from '../../lightsail/index.js';
import { type Simulator, startSimulator } from '../../simulator/index.js';
import { openLocalStack } from '../local-stack.js';
import type { Session } from '../temporal.js';
import { demoScenario } from './scenario.js';

/** Lightsail's limit isn't known, so that a worker begins with a few calls a second; the simulated one has none. */
const PACING: PacingLimits = { ratePerSecond: 1_000, burst: 1_000 };

/** Everything that a rollout needs, on this machine. */
export interface DemoStack {
  readonly simulator: Simulator;
  readonly lightsail: LightsailFor;
  readonly session: Session;
  /** Of the rollouts' names; empty on a server of the demo's own. */
  readonly suffix: string;
  readonly taskQueue: string;
  /** Missing where a server is used that was running before. */
  readonly uiUrl?: string;
  /** Rejects where the server or the worker ends by itself, and settles in no other case. */
  readonly broken: Promise<never>;
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
    const aws = createSdkLightsail({ endpoint: simulator.url, credentials: simulator.credentials, pacing: PACING });
    closers.push(async () => aws.close());
    const { lightsail } = aws;
    // A profile may be a production cluster: a running server is used only where TEMPORAL_ADDRESS says so outright.
    const stack = await openLocalStack({ ownServer: !process.env.TEMPORAL_ADDRESS, report });
    closers.push(() => stack.close());
    const { server, session, broken } = stack;
    const uiUrl = server.kind === 'started' ? server.uiUrl : undefined;
    const whose = server.kind === 'started' ? '' : '  (TEMPORAL_ADDRESS; unset it to start one for the demo)';
    report(`Temporal server      ${server.address}${whose}`);
    report(`Temporal UI          ${uiUrl ?? 'of the server that TEMPORAL_ADDRESS names'}`);
    report('Worker               starting …');
    await stack.startWorker({ taskQueue, lightsail });
    const suffix = server.kind === 'started' ? '' : `-${account}`;
    return { simulator, lightsail, session, suffix, taskQueue, broken, close, ...(uiUrl !== undefined && { uiUrl }) };
  } catch (error) {
    await close();
    throw error;
  }
}
