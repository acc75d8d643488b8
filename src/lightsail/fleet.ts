import type { FleetInstance } from '../rollout/instance.js';
import type { Place } from '../rollout/reach.js';
import { isSelected, type Selection } from '../rollout/selector.js';
import type { Lightsail } from './api.js';
import { NamedError } from './named-error.js';
import { type InstancePage, type InstancePagesOptions, instancePages } from './pages.js';
import { toListedInstance } from './reading.js';

/**
 * All instances of a page. One whose ARN is not of this place is among them, marked as `outOfScope`.
 *
 * @throws NamedError `EmptyReply` for an instance that can't be named: it must not silently fall out of the fleet
 */
export function pinInstances(page: InstancePage, place: Place): FleetInstance[] {
  return page.instances.map((instance) => {
    const listed = toListedInstance(instance, place);
    if (listed !== undefined) return listed;
    const why = `GetInstances of ${place.region} listed an instance without a usable name or ARN. Try again.`;
    throw new NamedError('EmptyReply', why);
  });
}

/**
 * The selected instances of one region, all pages. A smaller fleet is never the result.
 *
 * @throws what the calls throw, and what `instancePages` and {@link pinInstances} do
 * @example const fleet = await readFleet(retryThrottledCalls(lightsail({ region })), { region }, {});
 */
export async function readFleet(
  lightsail: Pick<Lightsail, 'getInstances'>,
  place: Place,
  selection: Selection,
  options: Omit<InstancePagesOptions, 'pageToken'> = {},
): Promise<FleetInstance[]> {
  // By ARN: an instance may move from one page to the next while they are read.
  const instances = new Map<string, FleetInstance>();
  for await (const page of instancePages(lightsail, options)) {
    for (const instance of pinInstances(page, place)) {
      if (isSelected(selection, instance)) instances.set(instance.arn, instance);
    }
  }
  return [...instances.values()];
}
