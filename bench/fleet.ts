import { type Simulator, startSimulator } from '../src/simulator/index.js';
import type { Load } from './rows.js';

const ACCOUNT = '111122223333';
const ACCESS_KEY = 'AKIABENCH00000000001';
const REGIONS = ['us-east-1', 'us-east-2', 'us-west-2', 'eu-west-1', 'eu-central-1'];

/** Milliseconds of each call. */
const LATENCY = 20;

/** What stands in the environment of a process that works on the fleet. */
export function environment(simulator: Simulator): NodeJS.ProcessEnv {
  return {
    ...process.env,
    AWS_ENDPOINT_URL_LIGHTSAIL: simulator.url,
    AWS_ENDPOINT_URL_STS: simulator.url,
    AWS_ACCESS_KEY_ID: ACCESS_KEY,
    AWS_SECRET_ACCESS_KEY: 'bench-secret-key',
  };
}

/** Where the fleet stands. */
export function regionsOf({ regions }: Pick<Load, 'regions'>): string[] {
  return REGIONS.slice(0, regions);
}

/** A fleet of its own for each measurement: nothing of an earlier one is left. */
export function simulate(load: Load): Promise<Simulator> {
  const { instances, regions, pending, limit, compliant } = load;
  return startSimulator({
    scenario: {
      pending,
      latency: { min: LATENCY, max: LATENCY },
      ...(limit !== undefined && { throttle: limit }),
      accounts: [{ id: ACCOUNT, accessKeyId: ACCESS_KEY }],
      fleet: regionsOf(load).map((region, index) => ({
        region,
        prefix: 'web-',
        count: Math.floor(instances / regions) + (index < instances % regions ? 1 : 0),
        blueprint: 'ubuntu_22_04',
        options: {
          httpTokens: compliant ? ('required' as const) : ('optional' as const),
          httpEndpoint: 'enabled' as const,
          httpPutResponseHopLimit: 1,
        },
      })),
    },
  });
}

/** What the service has seen. */
export interface CallFigures {
  readonly calls: number;
  /** Of the calls, from 0 to 1. */
  readonly throttled: number;
  /** Calls a second that succeeded, from the first Update to the last one. */
  readonly rate: number;
  /** Instances that aren't as wanted. */
  readonly failed: number;
}

/** What one side has done to the fleet, once it has ended. */
export function figuresOf({ state }: Simulator): CallFigures {
  const calls = state.calls().filter(({ operation }) => operation !== 'GetCallerIdentity');
  const updates = calls.filter(({ operation }) => operation === 'UpdateInstanceMetadataOptions');
  const [from = 0, to = 0] = [updates[0]?.at, updates.at(-1)?.at];
  const between = calls.filter(({ at, error }) => at >= from && at <= to && error === null);
  return {
    calls: calls.length,
    throttled: calls.filter(({ error }) => error === 'ThrottlingException').length / calls.length,
    rate: to > from ? between.length / ((to - from) / 1_000) : 0,
    failed: unfinished(state.instances()).length,
  };
}

/** Those that aren't as wanted, or not yet. */
export function unfinished(instances: ReturnType<Simulator['state']['instances']>) {
  return instances.filter(
    ({ metadataOptions: options }) => options?.httpTokens !== 'required' || options.state !== 'applied',
  );
}
