import {
  ActivityFailure,
  ApplicationFailure,
  CancellationScope,
  condition,
  isCancellation,
} from '@temporalio/workflow';
import { readsStatusBefore } from '../rollout/health.js';
import { type FleetInstance, OPT_OUT_TAG } from '../rollout/instance.js';
import { unpack } from '../rollout/pack.js';
import { accountsOf, describePlace, type Place, type Unused, whyUnused } from '../rollout/reach.js';
import { idleInAll, type Selection, type Selector } from '../rollout/selector.js';
import type { RolloutSpec } from '../rollout/spec.js';
import { causeOf, discoveryActivities } from './activity-options.js';
import { type KeysGate, refusalIn } from './key-watch.js';
import type { RunState } from './run-state.js';

/** What was found, and where nothing can be. */
export interface Fleet {
  readonly instances: readonly FleetInstance[];
  readonly unused: readonly Unused[];
  /** The words of the selection's `exclude` that match no instance anywhere. */
  readonly idleExclude: readonly string[];
}

/**
 * Reads a selection in every account and region of the spec, all pages.
 *
 * @throws ApplicationFailure of type `PlanFailed`, naming the region: one that can't be read never makes a smaller fleet
 */
export async function discoverRegions(spec: RolloutSpec, selection: Selection, gate: KeysGate): Promise<Fleet> {
  const places = await Promise.all(accountsOf(spec.targets).map((account) => placesIn(account, spec, gate)));
  const read = await Promise.all(places.flat().map((place) => discoverPlace(place, spec, selection, gate)));
  return {
    instances: read.flatMap((found) => ('why' in found ? [] : found.instances)),
    unused: read.flatMap((found) => ('why' in found ? [found] : [])),
    idleExclude: idleInAll(read.flatMap((found) => ('why' in found ? [] : [found.idleExclude]))),
  };
}

async function placesIn(
  account: string | undefined,
  { targets: { regions } }: RolloutSpec,
  gate: KeysGate,
): Promise<Place[]> {
  const inAccount = account === undefined ? {} : { account };
  if (regions !== 'all') return regions.map((region) => ({ ...inAccount, region }));
  const what = account === undefined ? 'The list of regions' : `The list of regions of account ${account}`;
  const list = () =>
    discoveryActivities().lightsailImdsListRegions.executeWithOptions({ summary: 'list regions' }, [inAccount]);
  const names = await withKeys(gate, { ...inAccount, region: '' }, list).catch((error: unknown) =>
    Promise.reject(isCancellation(error) ? error : planFailed(what, error)),
  );
  return names.map((region) => ({ ...inAccount, region }));
}

/**
 * The same in a rollout.
 *
 * @returns undefined where the rollout was stopped meanwhile: a region that is throttled for hours must not hold up an abort
 * @throws what {@link discoverRegions} does
 */
export async function discoverFleet(
  state: RunState,
  spec: RolloutSpec,
  selection: Selection,
  gate: KeysGate,
): Promise<Fleet | undefined> {
  const scope = new CancellationScope();
  condition(() => state.stop !== undefined).then(() => scope.cancel());
  try {
    return await scope.run(() => discoverRegions(spec, selection, gate));
  } catch (error) {
    if (state.stop !== undefined) return undefined;
    throw error;
  }
}

async function discoverPlace(
  place: Place,
  spec: RolloutSpec,
  selection: Selection,
  gate: KeysGate,
): Promise<Pick<Fleet, 'instances' | 'idleExclude'> | Unused> {
  const { lightsailImdsDiscover } = discoveryActivities();
  const instances = new Map<string, FleetInstance>();
  const seen = new Set<string>();
  const idle: (readonly string[])[] = [];
  let pageToken: string | undefined;
  let pagesBefore: number | undefined;
  do {
    const input = {
      ...place,
      selection,
      tagKeys: tagKeysOf(spec),
      ...(readsStatusBefore(spec) && { includeHealthStatus: true }),
      ...(pageToken !== undefined && { pageToken }),
      ...(pagesBefore !== undefined && { pagesBefore }),
    };
    const read = () =>
      lightsailImdsDiscover.executeWithOptions({ summary: `discover ${describePlace(place)}` }, [input]);
    const page = await withKeys(gate, place, read).catch((error: unknown) => ({ error }));
    if ('error' in page) {
      if (isCancellation(page.error)) throw page.error;
      const why = spec.targets.regions === 'all' ? whyUnused(nameOf(page.error)) : undefined;
      if (why !== undefined && pageToken === undefined) return { ...place, why };
      throw planFailed(describePlace(place), page.error);
    }
    for (const instance of unpack(page.instances)) instances.set(instance.arn, instance);
    idle.push(page.idleExclude ?? []);
    pageToken = page.nextPageToken;
    pagesBefore = page.pages;
    if (pageToken !== undefined && seen.has(pageToken))
      throw planFailed(describePlace(place), new Error('a page token was given twice'));
    if (pageToken !== undefined) seen.add(pageToken);
  } while (pageToken !== undefined);
  return { instances: [...instances.values()], idleExclude: idleInAll(idle) };
}

/** Sends a call again where it was refused for the caller's keys, and these are accepted later. */
async function withKeys<T>(gate: KeysGate, place: Place, call: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      const answer = await call();
      gate.accepted(place);
      return answer;
    } catch (error) {
      const refused = refusalIn(error);
      if (refused === undefined || !(await gate.wait(refused))) throw error;
    }
  }
}

/** The name of the AWS error that an activity has failed with. */
function nameOf(error: unknown): string {
  const cause = error instanceof ActivityFailure ? error.cause : undefined;
  return cause instanceof ApplicationFailure ? (cause.type ?? '') : '';
}

/** The tags that the plan looks at; the others stay out of the history. */
function tagKeysOf({ targets, overrides, stages, spread, health }: RolloutSpec): string[] {
  const selectors: (Selector | undefined)[] = [
    targets.include,
    targets.exclude,
    ...[...overrides, ...stages, ...health.checks].map(({ match }) => match),
  ];
  const grouped = [...spread, ...stages.flatMap(({ size }) => (size.kind === 'per' ? [size.key] : []))];
  const keys = [
    OPT_OUT_TAG.key,
    ...selectors.flatMap((selector) => Object.keys(selector?.tags ?? {})),
    ...grouped.filter((key) => key.startsWith('tag:')).map((key) => key.slice('tag:'.length)),
  ];
  return [...new Set(keys)];
}

function planFailed(what: string, error: unknown): ApplicationFailure {
  return ApplicationFailure.nonRetryable(
    `${what} can't be read (${causeOf(error)}), and nothing is decided over a part of the fleet. Mend that, then start again.`,
    'PlanFailed',
  );
}
