import type { FaultInput } from '../../src/simulator/index.js';

/** Every Update of these instances is refused for good: they fail at once, and nothing of them is ever written. */
export function denied(...names: readonly string[]): FaultInput[] {
  return names.map((instance) => ({
    operation: 'UpdateInstanceMetadataOptions',
    instance,
    effect: { error: 'AccessDeniedException' },
  }));
}

/** The first Update of these instances is never applied: they fail at the deadline, and there is something to restore. */
export function stuck(...names: readonly string[]): FaultInput[] {
  return names.map((instance) => ({
    operation: 'UpdateInstanceMetadataOptions',
    instance,
    times: 1,
    effect: { stuckPending: true },
  }));
}

/** These instances are changed, and their way back is refused for good. */
export function noWayBack(...names: readonly string[]): FaultInput[] {
  return names.map((instance) => ({
    operation: 'UpdateInstanceMetadataOptions',
    instance,
    after: 1,
    effect: { error: 'AccessDeniedException' },
  }));
}

/** Discovery takes its time, so that a test can act while the rollout plans. */
export function slowDiscovery(delayMs: number): FaultInput[] {
  return [{ operation: 'GetInstances', times: 1, effect: { delayMs } }];
}
