import type { SimulatorState } from './control/simulator-state.js';
import { WorldControl } from './control/world-control.js';
import { DEFAULT_SCENARIO } from './scenario/default-scenario.js';
import { parseScenario } from './scenario/parse.js';
import type { Scenario, ScenarioInput } from './scenario/schema.js';
import { startServer } from './wire/server.js';
import { defaultAccessKeyId } from './world/accounts.js';
import { createWorld } from './world/world.js';

/** How to start a simulator. */
export interface SimulatorOptions {
  /** What to simulate; a small fleet in three regions when left out. */
  readonly scenario?: ScenarioInput | undefined;
  /** The TCP port; 0, the default, is any free one. */
  readonly port?: number | undefined;
  /** The address to listen on; 127.0.0.1 by default. The control interface answers loopback only, wherever that is. */
  readonly host?: string | undefined;
  /** The clock of the simulated service, in epoch milliseconds; the real one by default. Replies carry the real date. */
  readonly now?: (() => number) | undefined;
}

/** The environment variables that lead an AWS client to a simulator, as its first account. */
export interface SimulatorEnv extends Readonly<Record<string, string>> {
  readonly AWS_ENDPOINT_URL_LIGHTSAIL: string;
  readonly AWS_ENDPOINT_URL_STS: string;
  readonly AWS_ACCESS_KEY_ID: string;
  readonly AWS_SECRET_ACCESS_KEY: string;
  readonly AWS_REGION: string;
}

/** A simulator that listens. */
export interface Simulator {
  readonly url: string;
  readonly env: SimulatorEnv;
  /** The keys of its first account, for a client that is given them: `{ endpoint: url, credentials }`. */
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly state: SimulatorState;
  /** Ends every connection at once. May be called again. */
  close(): Promise<void>;
}

/**
 * Starts a Lightsail that speaks the real wire protocol on this machine. It is modelled from the documentation, the
 * SDK and the API model, never from live traffic.
 *
 * @throws {InvalidScenarioError} When the scenario is not valid.
 * @example
 * const simulator = await startSimulator({ scenario: { fleet: [{ region: 'us-east-1', prefix: 'web-', count: 30 }] } });
 * const { lightsail } = createSdkLightsail({ endpoint: simulator.url, credentials: simulator.credentials });
 */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const { host = '127.0.0.1', port = 0, now = Date.now } = options;
  const scenario = parseScenario(options.scenario ?? DEFAULT_SCENARIO);
  const world = createWorld(scenario, now);
  const control = new WorldControl(world);
  const server = await startServer(world, control, { host, port });
  const url = `http://${clientHost(host)}:${server.port}`;
  const env = environmentOf(scenario, url);
  const credentials = { accessKeyId: env.AWS_ACCESS_KEY_ID, secretAccessKey: env.AWS_SECRET_ACCESS_KEY };
  return { url, env, credentials, state: control, close: server.close };
}

function environmentOf(scenario: Scenario, url: string): SimulatorEnv {
  const [account] = scenario.accounts;
  return {
    AWS_ENDPOINT_URL_LIGHTSAIL: url,
    AWS_ENDPOINT_URL_STS: url,
    AWS_ACCESS_KEY_ID: account?.accessKeyId ?? defaultAccessKeyId(account?.id ?? ''),
    AWS_SECRET_ACCESS_KEY: 'simulator-secret',
    AWS_REGION: scenario.fleet[0]?.region ?? 'us-east-1',
  };
}

/** The host by which clients on this machine reach a server that listens on `host`. */
function clientHost(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}
