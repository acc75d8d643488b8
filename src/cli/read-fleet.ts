import {
  classifyError,
  createSdkLightsail,
  describeProblem,
  type Lightsail,
  type LightsailFor,
  type LightsailProblem,
  passesByItself,
  REGION_TO_ASK,
  readFleet,
  readRegionNames,
  retryThrottledCalls,
  type SdkLightsail,
} from '../lightsail/index.js';
import type { FleetInstance } from '../rollout/instance.js';
import { accountsOf, describePlace, type Place, type Reach, type Unused, whyUnused } from '../rollout/reach.js';
import { idleParts, isSelected, type Selection } from '../rollout/selector.js';
import { CliError } from './errors.js';
import { requireOthers } from './own-account.js';
import { configFile, readWorkerSettings } from './worker-config.js';

/** Readings of one region, before a fault that may pass counts. */
const ATTEMPTS = 3;

/** A region that can't be read, or the list of all of them. */
export interface UnreadPlace {
  readonly account?: string;
  readonly region: string;
  readonly problem: LightsailProblem;
}

interface Failure extends UnreadPlace {
  /** A part of it has been read. */
  readonly isBegun?: true;
}

export interface FleetReading {
  readonly instances: readonly FleetInstance[];
  /** The words of the selection's `exclude` that match no instance anywhere. */
  readonly idleExclude: readonly string[];
  /** What was read. */
  readonly places: readonly Place[];
  readonly unread: readonly UnreadPlace[];
  /** Where nothing can be, of all regions. */
  readonly unused: readonly Unused[];
}

export interface ReadFleetOptions {
  readonly signal?: AbortSignal;
  readonly includeHealthStatus?: boolean;
}

/**
 * Lightsail with the AWS credentials of this process, and with the roles of a worker's configuration where there is one.
 *
 * @throws CliError `BadInput` with every problem of the configuration, or a role of its own account
 */
export async function openAws({ config }: { readonly config?: string | undefined }): Promise<SdkLightsail> {
  if (configFile(config) === undefined) return createSdkLightsail();
  const { accounts, pacing } = await readWorkerSettings({ config }, {});
  const aws = createSdkLightsail({
    ...(accounts !== undefined && { accounts }),
    ...(pacing !== undefined && { pacing }),
  });
  await requireOthers(aws, accounts, "this command's").catch((error: unknown) => {
    aws.close();
    throw error;
  });
  return aws;
}

/** Reads the selected instances of these accounts and regions; one that can't be read is told, not left out. */
export async function readReach(
  lightsail: LightsailFor,
  reach: Reach,
  selection: Selection,
  options: ReadFleetOptions = {},
): Promise<FleetReading> {
  const listed = await Promise.all(accountsOf(reach).map((account) => placesIn(lightsail, account, reach, options)));
  const places = listed.flatMap((each) => ('problem' in each ? [] : each));
  const readings = await Promise.all(
    places.map((place) => attempt(() => readPlace(lightsail(place), place, options), options)),
  );
  const failures = readings.flatMap((reading, index): Failure[] => {
    const place = places[index];
    return place === undefined || !('problem' in reading) ? [] : [{ ...place, ...reading }];
  });
  const all = readings.flatMap((reading) => ('problem' in reading ? [] : reading.value));
  const why = ({ problem, isBegun }: Failure) =>
    reach.regions === 'all' && isBegun !== true ? whyUnused(problem.name) : undefined;
  return {
    instances: all.filter((instance) => isSelected(selection, instance)),
    idleExclude: selection.exclude === undefined ? [] : idleParts(selection.exclude, all),
    places: places.filter((_, index) => !('problem' in (readings[index] ?? {}))),
    unread: [
      ...listed.flatMap((each) => ('problem' in each ? [each] : [])),
      ...failures.filter((failure) => why(failure) === undefined).map(({ isBegun: _, ...place }) => place),
    ],
    unused: failures.flatMap((failure): Unused[] => {
      const { problem: _, isBegun: __, ...place } = failure;
      const reason = why(failure);
      return reason === undefined ? [] : [{ ...place, why: reason }];
    }),
  };
}

async function placesIn(
  lightsail: LightsailFor,
  account: string | undefined,
  { regions }: Reach,
  options: ReadFleetOptions,
): Promise<readonly Place[] | UnreadPlace> {
  const inAccount = account === undefined ? {} : { account };
  if (regions !== 'all') return regions.map((region) => ({ ...inAccount, region }));
  const list = await attempt(
    () => readRegionNames(patient(lightsail({ ...inAccount, region: REGION_TO_ASK }), options), callOf(options)),
    options,
  );
  if ('problem' in list) return { ...inAccount, region: 'the list of regions', problem: list.problem };
  return list.value.map((region) => ({ ...inAccount, region }));
}

async function readPlace(lightsail: Lightsail, place: Place, options: ReadFleetOptions) {
  const { includeHealthStatus = false } = options;
  const api = patient(lightsail, options);
  let isBegun = false;
  const getInstances: Lightsail['getInstances'] = async (request, call) => {
    const page = await api.getInstances(request, call);
    isBegun = true;
    return page;
  };
  try {
    return await readFleet({ getInstances }, place, {}, { ...callOf(options), includeHealthStatus });
  } catch (error) {
    throw isBegun ? new BegunError(error) : error;
  }
}

/** It came after the first page: a region that has one isn't one that can hold nothing. */
class BegunError extends Error {
  constructor(override readonly cause: unknown) {
    super('a page could not be read', { cause });
  }
}

function patient(lightsail: Lightsail, { signal }: ReadFleetOptions): Lightsail {
  return retryThrottledCalls(lightsail, signal === undefined ? {} : { signal });
}

function callOf({ signal }: ReadFleetOptions) {
  return signal === undefined ? {} : { abortSignal: signal };
}

async function attempt<T>(
  read: () => Promise<T>,
  { signal }: ReadFleetOptions,
): Promise<{ readonly value: T } | Pick<Failure, 'problem' | 'isBegun'>> {
  for (let count = 1; ; count += 1) {
    try {
      return { value: await read() };
    } catch (error) {
      const isBegun = error instanceof BegunError;
      const problem = classifyError(isBegun ? error.cause : error);
      const mayPass = passesByItself(problem) && signal?.aborted !== true;
      if (!mayPass || count === ATTEMPTS) return { problem, ...(isBegun && { isBegun }) };
    }
  }
}

/** @example describeUnread({ region: 'eu-west-1', problem }) // "eu-west-1 can't be read: AccessDeniedException: …" */
export function describeUnread({ problem, ...place }: UnreadPlace): string {
  return `${describePlace(place)} can't be read: ${describeProblem(problem)}`;
}

/** Nothing can be said of these regions. @param consequence - one sentence */
export function regionsUnreadable(unread: readonly UnreadPlace[], consequence: string): CliError {
  const passing = unread.every(({ problem }) => passesByItself(problem));
  const isForeign = unread.some(({ problem }) => problem.name === 'AccountNotConfigured');
  const isEndless = unread.every(({ problem: { name } }) => name === 'EndlessPages' || name === 'RepeatedPageToken');
  const remedy = passing
    ? 'Try again; with a proxy or AWS_ENDPOINT_URL_LIGHTSAIL set, check those.'
    : isForeign
      ? "Give the worker's configuration, which has the roles of other accounts (--config FILE), or let the worker do it (plan --remote)."
      : isEndless
        ? 'Mend that, or leave the region out.'
        : 'Check the credentials (AWS_PROFILE, AWS_ACCESS_KEY_ID, …) and that they allow lightsail:GetInstances there, or leave the region out.';
  return new CliError(
    passing ? 'RegionUnanswered' : 'RegionUnreadable',
    [...unread.map(describeUnread), `${consequence} ${remedy}`].join('\n'),
  );
}
