import {
  ActivityFailure,
  ApplicationFailure,
  CancellationScope,
  condition,
  isCancellation,
} from '@temporalio/workflow';
import { readsStatusBefore } from '../rollout/health.js';
import { type FleetInstance, OPT_OUT_TAG } from '../rollout/instance.js';
import type { Selection, Selector } from '../rollout/selector.js';
import type { RolloutSpec } from '../rollout/spec.js';
import { discoveryActivities } from './activity-options.js';
import type { RunState } from './run-state.js';

/**
 * Reads a selection in every region of the spec, all pages.
 *
 * @throws ApplicationFailure of type `PlanFailed`, naming the region: one that can't be read never makes a smaller fleet
 */
export async function discoverRegions(spec: RolloutSpec, selection: Selection): Promise<FleetInstance[]> {
  const regions = await Promise.all(spec.targets.regions.map((region) => discoverRegion(region, spec, selection)));
  return regions.flat();
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
): Promise<FleetInstance[] | undefined> {
  const scope = new CancellationScope();
  condition(() => state.stop !== undefined).then(() => scope.cancel());
  try {
    return await scope.run(() => discoverRegions(spec, selection));
  } catch (error) {
    if (state.stop !== undefined) return undefined;
    throw error;
  }
}

async function discoverRegion(region: string, spec: RolloutSpec, selection: Selection): Promise<FleetInstance[]> {
  const { lightsailImdsDiscover } = discoveryActivities();
  const instances = new Map<string, FleetInstance>();
  const seen = new Set<string>();
  let pageToken: string | undefined;
  do {
    const input = {
      region,
      selection,
      tagKeys: tagKeysOf(spec),
      ...(readsStatusBefore(spec) && { includeHealthStatus: true }),
      ...(pageToken !== undefined && { pageToken }),
    };
    const page = await lightsailImdsDiscover
      .executeWithOptions({ summary: `discover ${region}` }, [input])
      .catch((error: unknown) => Promise.reject(isCancellation(error) ? error : planFailed(region, error)));
    for (const instance of page.instances) instances.set(instance.arn, instance);
    pageToken = page.nextPageToken;
    if (pageToken !== undefined && seen.has(pageToken))
      throw planFailed(region, new Error('a page token was given twice'));
    if (pageToken !== undefined) seen.add(pageToken);
  } while (pageToken !== undefined);
  return [...instances.values()];
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

function planFailed(region: string, error: unknown): ApplicationFailure {
  const cause = error instanceof ActivityFailure ? (error.cause ?? error) : error;
  const why = cause instanceof Error ? cause.message : String(cause);
  return ApplicationFailure.nonRetryable(
    `${region} can't be read (${why}), and nothing is decided over a part of the fleet. Mend that, then start again.`,
    'PlanFailed',
  );
}
