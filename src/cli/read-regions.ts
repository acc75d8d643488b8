import {
  classifyError,
  createSdkLightsail,
  describeProblem,
  type Lightsail,
  type LightsailProblem,
  readFleet,
  retryThrottledCalls,
} from '../lightsail/index.js';
import type { FleetInstance } from '../rollout/instance.js';
import type { Selection } from '../rollout/selector.js';
import { CliError } from './errors.js';

/** Readings of one region, before a fault that may pass counts. */
const ATTEMPTS = 3;

export interface UnreadRegion {
  readonly region: string;
  readonly problem: LightsailProblem;
}

export interface RegionsReading {
  readonly instances: readonly FleetInstance[];
  readonly unread: readonly UnreadRegion[];
}

export interface ReadRegionsOptions {
  readonly signal?: AbortSignal;
  readonly includeHealthStatus?: boolean;
}

/** Reads the selected instances of these regions with the AWS credentials of this process; one that can't be read is told, not left out. */
export async function readRegions(
  regions: readonly string[],
  selection: Selection,
  options: ReadRegionsOptions = {},
): Promise<RegionsReading> {
  const { lightsail, close } = createSdkLightsail();
  try {
    const readings = await Promise.allSettled(
      regions.map((region) => readRegion(lightsail({ region }), region, selection, options)),
    );
    return {
      instances: readings.flatMap((reading) => (reading.status === 'fulfilled' ? reading.value : [])),
      unread: readings.flatMap((reading, index) =>
        reading.status === 'rejected' ? [{ region: regions[index] ?? '', problem: classifyError(reading.reason) }] : [],
      ),
    };
  } finally {
    close();
  }
}

async function readRegion(
  lightsail: Lightsail,
  region: string,
  selection: Selection,
  { signal, includeHealthStatus = false }: ReadRegionsOptions,
): Promise<FleetInstance[]> {
  const api = retryThrottledCalls(lightsail, signal === undefined ? {} : { signal });
  const call = { ...(signal !== undefined && { abortSignal: signal }), includeHealthStatus };
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await readFleet(api, region, selection, call);
    } catch (error) {
      const mayPass = classifyError(error).kind === 'transient' && signal?.aborted !== true;
      if (!mayPass || attempt === ATTEMPTS) throw error;
    }
  }
}

/** @example describeUnread({ region: 'eu-west-1', problem }) // "eu-west-1 can't be read: AccessDeniedException: …" */
export function describeUnread({ region, problem }: UnreadRegion): string {
  return `${region} can't be read: ${describeProblem(problem)}`;
}

/** Nothing can be said of these regions. @param consequence - one sentence */
export function regionsUnreadable(unread: readonly UnreadRegion[], consequence: string): CliError {
  const passing = unread.every(({ problem }) => problem.kind === 'transient');
  const remedy = passing
    ? 'Try again; with a proxy or AWS_ENDPOINT_URL_LIGHTSAIL set, check those.'
    : 'Check the credentials (AWS_PROFILE, AWS_ACCESS_KEY_ID, …) and that they allow lightsail:GetInstances there, or leave the region out.';
  return new CliError(
    passing ? 'RegionUnanswered' : 'RegionUnreadable',
    [...unread.map(describeUnread), `${consequence} ${remedy}`].join('\n'),
  );
}
