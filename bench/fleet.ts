import { type Simulator, startSimulator } from '../src/simulator/index.js';

const ACCOUNT = '111122223333';
const ACCESS_KEY = 'AKIABENCH00000000001';

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

/** From and to, in milliseconds. */
export interface Range {
  readonly min: number;
  readonly max: number;
}

/** One piece of work, as every row of the table does it. */
export interface Load {
  readonly instances: number;
  readonly regions: readonly string[];
  readonly concurrency: number;
  readonly pending: Range;
  readonly latency: Range;
  /** Milliseconds between two readings of an instance. */
  readonly poll: number;
  readonly workers: number;
  /** Calls a second that the service takes; none: as many as come. */
  readonly throttle?: number;
  /** Calls a second that the worker makes of itself; none: as many as it wants. */
  readonly pace?: number;
  /** Evidence and health checks are on. */
  readonly careful: boolean;
  /** The fleet is as wanted from the beginning. */
  readonly compliant: boolean;
}

/** A fleet of its own for each measurement: nothing of an earlier one is left. */
export function simulate({ instances, regions, pending, latency, throttle, compliant }: Load): Promise<Simulator> {
  return startSimulator({
    scenario: {
      pending,
      latency,
      ...(throttle !== undefined && { throttle: { ratePerSecond: throttle, burst: throttle } }),
      accounts: [{ id: ACCOUNT, accessKeyId: ACCESS_KEY }],
      fleet: regions.map((region, index) => ({
        region,
        prefix: 'web-',
        count: Math.floor(instances / regions.length) + (index < instances % regions.length ? 1 : 0),
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

/**
 * Seconds that nobody can do it in less of: each instance takes one Update and its pending time, so many at once, or
 * one call for the Update where the service counts calls: a reading may show twenty instances.
 */
export function idealSeconds({ instances, concurrency, pending, latency, throttle }: Load): number {
  const each = (mean(pending) + mean(latency)) / 1_000;
  const byTime = (instances / concurrency) * each;
  return throttle === undefined ? byTime : Math.max(byTime, instances / throttle);
}

function mean({ min, max }: Range): number {
  return (min + max) / 2;
}

/** No instance may be left over, or the time says nothing. @throws where one is */
export function requireAllDone(simulator: Simulator, who: string): void {
  const left = simulator.state.instances().filter(({ metadataOptions: options }) => options?.httpTokens !== 'required');
  if (left.length > 0) throw new Error(`${who} has left ${left.length} instances as they were`);
}
