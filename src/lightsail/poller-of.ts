import type { Lightsail, LightsailFor } from './api.js';
import { InstancePoller } from './poller.js';

const pollers = new WeakMap<Lightsail, InstancePoller>();

/** The poller of a scope: the same one for the same Lightsail, for all who share it. */
export function pollerOf(lightsail: Lightsail): InstancePoller {
  const known = pollers.get(lightsail);
  if (known !== undefined) return known;
  const poller = new InstancePoller(lightsail);
  pollers.set(lightsail, poller);
  pollers.set(poller.lightsail, poller);
  return poller;
}

/** The same Lightsails, of whose answers their pollers learn whatever else they are asked for. */
export function polledLightsail(lightsail: LightsailFor): LightsailFor {
  return (scope) => pollerOf(lightsail(scope)).lightsail;
}
