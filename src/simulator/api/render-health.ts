import { failingSince } from '../world/health.js';
import type { InstanceState, SimulatedInstance } from '../world/instance.js';
import { epochSeconds } from './rendering.js';

/** The members of an instance that the service adds for `includeHealthStatus`. The systems below are never at fault. */
export function renderHealth({ state, health }: SimulatedInstance, now: number): object {
  return { instanceStatus: statusOf(state, failingSince(health, now)), systemStatus: statusOf(state, undefined) };
}

function statusOf(state: InstanceState, impairedSince: number | undefined): object {
  if (state === 'pending') return { status: 'initializing', details: [reachability('initializing')] };
  if (state !== 'running') return { status: 'not-applicable', details: [] };
  if (impairedSince === undefined) return { status: 'ok', details: [reachability('passed')] };
  return { status: 'impaired', details: [{ ...reachability('failed'), impairedSince: epochSeconds(impairedSince) }] };
}

/** The only check there is (client-lightsail, InstanceHealthStatusDetail). */
function reachability(status: 'initializing' | 'passed' | 'failed'): object {
  return { name: 'reachability', status };
}
