import type { FleetInstance } from '../rollout/instance.js';
import { isSelected, type Selection } from '../rollout/selector.js';
import type { Lightsail } from './api.js';
import { NamedError } from './named-error.js';
import { type InstancePage, type InstancePagesOptions, instancePages } from './pages.js';
import { toFleetInstance } from './reading.js';

/**
 * The selected instances of a page.
 *
 * @throws NamedError `EmptyReply` for an instance that can't be pinned: it must not silently fall out of the fleet
 */
export function selectInstances(page: InstancePage, region: string, selection: Selection): FleetInstance[] {
  return pinInstances(page, region).filter((instance) => isSelected(selection, instance));
}

/**
 * All instances of a page.
 *
 * @throws NamedError `EmptyReply` for an instance that can't be pinned: it must not silently fall out of the fleet
 */
export function pinInstances(page: InstancePage, region: string): FleetInstance[] {
  return page.instances.map((instance) => {
    const read = toFleetInstance(instance);
    if (read !== undefined) return read;
    throw new NamedError('EmptyReply', `GetInstances of ${region} listed an instance without name or ARN. Try again.`);
  });
}

/**
 * The selected instances of one region, all pages. A smaller fleet is never the result.
 *
 * @throws what the calls throw, and what `instancePages` and {@link selectInstances} do
 * @example const fleet = await readFleet(retryThrottledCalls(lightsail({ region })), region, {});
 */
export async function readFleet(
  lightsail: Pick<Lightsail, 'getInstances'>,
  region: string,
  selection: Selection,
  options: Omit<InstancePagesOptions, 'pageToken'> = {},
): Promise<FleetInstance[]> {
  // By ARN: an instance may move from one page to the next while they are read.
  const instances = new Map<string, FleetInstance>();
  for await (const page of instancePages(lightsail, options)) {
    for (const instance of selectInstances(page, region, selection)) instances.set(instance.arn, instance);
  }
  return [...instances.values()];
}
