import type { FaultInput } from '../../src/simulator/index.js';

/** A fault that strikes Updates of one instance. */
export function onUpdate(instance: string, effect: FaultInput['effect'], more: Partial<FaultInput> = {}): FaultInput {
  return { operation: 'UpdateInstanceMetadataOptions', instance, effect, ...more };
}

/** A fault that strikes readings of one instance. */
export function onRead(instance: string, effect: FaultInput['effect'], more: Partial<FaultInput> = {}): FaultInput {
  return { operation: 'GetInstance', instance, effect, ...more };
}

/** Every Update of these instances is refused for good: they fail at once, and nothing of them is ever written. */
export function denied(...names: readonly string[]): FaultInput[] {
  return names.map((name) => onUpdate(name, { error: 'AccessDeniedException' }));
}

/** The same by an error that a restore doesn't wait for either. */
export function refusedForGood(...names: readonly string[]): FaultInput[] {
  return names.map((name) => onUpdate(name, { error: 'InvalidInputException' }));
}

/** The first Update of these instances is never applied: they fail at the deadline, and there is something to restore. */
export function stuck(...names: readonly string[]): FaultInput[] {
  return names.map((name) => onUpdate(name, { stuckPending: true }, { times: 1 }));
}

/** These instances are changed, and their way back is refused for good: an action that is only denied is waited for. */
export function noWayBack(...names: readonly string[]): FaultInput[] {
  return names.map((name) => onUpdate(name, { error: 'InvalidInputException' }, { after: 1 }));
}

/** The fleet can't be read until the faults are cleared: the rollout plans, or verifies, for as long as a test needs. */
export function heldReadings(more: Partial<FaultInput> = {}): FaultInput[] {
  return [{ operation: 'GetInstances', effect: { error: 'ThrottlingException' }, ...more }];
}

/** Changes are begun, and none is finished until `letGo`; those of the first Updates are, where there is an `after`. */
export function heldChanges(more: Partial<FaultInput> = {}): FaultInput[] {
  return [{ operation: 'UpdateInstanceMetadataOptions', effect: { stuckPending: true }, ...more }];
}
