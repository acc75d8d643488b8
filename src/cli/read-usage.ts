import {
  classifyError,
  describeProblem,
  type LightsailFor,
  type LightsailProblem,
  readMetadataUses,
  retryThrottledCalls,
} from '../lightsail/index.js';
import type { UseReading } from '../rollout/evidence.js';
import type { FleetInstance } from '../rollout/instance.js';
import { describePlace, type Place, type Reach } from '../rollout/reach.js';
import { countOf } from '../rollout/status.js';

/** Rounds over what is left to read in one region, in which nothing was, before a fault that may pass counts. */
const ATTEMPTS = 3;

/** More readings than this take a while, at a few a second. */
export const MANY_READINGS = 50;

/** Instances of a region of which it isn't known how they use the metadata service, since the calls failed. */
export interface UnreadUsage extends Place {
  readonly arns: readonly string[];
  readonly problem: LightsailProblem;
}

export interface UsageReading {
  /** By ARN. */
  readonly readings: ReadonlyMap<string, UseReading>;
  readonly unread: readonly UnreadUsage[];
}

export interface ReadUsageOptions {
  /** Milliseconds. */
  readonly lookback: number;
  readonly signal?: AbortSignal;
}

/** Reads how often these instances were asked for metadata without a token, by one call each; a failure is told, not left out. */
export async function readUsage(
  lightsail: LightsailFor,
  instances: readonly FleetInstance[],
  reach: Pick<Reach, 'accounts'>,
  options: ReadUsageOptions,
): Promise<UsageReading> {
  const readings = new Map<string, UseReading>();
  const places = new Map<string, { place: Place; own: FleetInstance[] }>();
  for (const instance of instances) {
    const { account, region } = instance;
    // The account is named where the spec, or a flag, names accounts: otherwise it is that of the credentials.
    const place = reach.accounts === undefined ? { region } : { account, region };
    const entry = places.get(describePlace(place)) ?? { place, own: [] };
    entry.own.push(instance);
    places.set(describePlace(place), entry);
  }
  const unread = await Promise.all(
    [...places.values()].map(async ({ place, own }): Promise<UnreadUsage[]> => {
      const problem = await readPlace(lightsail, place, own, options, readings);
      const arns = own.map(({ arn }) => arn).filter((arn) => !readings.has(arn));
      return problem === undefined || arns.length === 0 ? [] : [{ ...place, arns, problem }];
    }),
  );
  return { readings, unread: unread.flat() };
}

/** @returns why there are some that could not be read */
async function readPlace(
  lightsail: LightsailFor,
  place: Place,
  instances: readonly FleetInstance[],
  { lookback, signal }: ReadUsageOptions,
  readings: Map<string, UseReading>,
): Promise<LightsailProblem | undefined> {
  const api = retryThrottledCalls(lightsail(place), signal === undefined ? {} : { signal });
  for (let idle = 0; ; ) {
    const missing = instances.flatMap(({ arn, name, createdAt }, index) =>
      readings.has(arn) ? [] : [{ index, name, createdAt }],
    );
    if (missing.length === 0) return undefined;
    let read = 0;
    try {
      const faults = await readMetadataUses(api, missing, {
        lookback,
        ...(signal !== undefined && { abortSignal: signal }),
        onRead: (index, reading) => {
          const arn = instances[index]?.arn;
          if (arn !== undefined) readings.set(arn, reading);
          read += 1;
        },
      });
      idle = read > 0 ? 0 : idle + 1;
      const isOver = signal?.aborted === true || idle === ATTEMPTS;
      if (isOver && read < missing.length) return classifyError(signal?.reason ?? faults.at(-1));
    } catch (error) {
      return classifyError(error);
    }
  }
}

/** @example describeUnreadUsage(unread) // "the usage of 3 instances in eu-west-1 can't be read: AccessDeniedException: …" */
export function describeUnreadUsage({ arns, problem, ...place }: UnreadUsage): string {
  return `the usage of ${countOf(arns.length, 'instance')} in ${describePlace(place)} can't be read: ${describeProblem(problem)}`;
}
