import { z } from 'zod';
import { hopLimit, httpEndpoint, httpProtocolIpv6, httpTokens, IPV6_ELSEWHERE, ipv6Fits } from '../scenario/fields.js';
import { ApiError } from '../wire/api-error.js';
import type { SimulatedInstance } from '../world/instance.js';
import { optionsInForce } from '../world/option-change.js';
import { defaultOptions, type MetadataOptions, patchOptions } from '../world/options.js';
import { putChange } from '../world/put-change.js';
import { type CallContext, type OperationHandler, requireInstance } from './call-context.js';
import { readInput, resourceName } from './input.js';
import { renderOperation } from './rendering.js';

const updateInput = z.object({
  instanceName: resourceName,
  httpTokens: httpTokens.optional(),
  httpEndpoint: httpEndpoint.optional(),
  httpPutResponseHopLimit: hopLimit.optional(),
  httpProtocolIpv6: httpProtocolIpv6.optional(),
});

const FAILURE = {
  errorCode: 'OperationFailure',
  errorDetails: 'The metadata options of the instance could not be changed.',
} as const;

/** UpdateInstanceMetadataOptions. A new update replaces one that is still pending. */
export const updateInstanceMetadataOptions: OperationHandler = (context, input) => {
  const { world, scope, now, effect } = context;
  const { instanceName, ...requested } = readInput(updateInput, input);
  if (!ipv6Fits(requested, scope.region)) throw new ApiError('InvalidInputException', IPV6_ELSEWHERE.error);
  const instance = requireInstance(context, instanceName);
  refuseInTransition(instance);
  if (effect?.kind === 'operationFailed') {
    const failed = world.operations.record(instance, { createdAt: now, endsAt: now }, FAILURE);
    return { operation: renderOperation(failed, now) };
  }
  const endsAt = startChange(context, instance, requested);
  return { operation: renderOperation(world.operations.record(instance, { createdAt: now, endsAt }), now) };
};

/** Puts the change on the instance, and tells when it will be applied. */
function startChange(
  { world, now, effect }: CallContext,
  instance: SimulatedInstance,
  requested: MetadataOptions,
): number {
  const from = optionsInForce(instance.change, now);
  const before = from ?? defaultOptions(instance.blueprint, instance.region);
  instance.updates += 1;
  const appliedAt = effect?.kind === 'stuckPending' ? Infinity : now + pendingMs(world, instance);
  const change = {
    from,
    // httpTokens isn't sticky: left out, it becomes optional (API reference).
    to: patchOptions(before, { ...requested, httpTokens: requested.httpTokens ?? 'optional' }),
    staleUntil: now + world.scenario.stale,
    appliedAt,
    revertsAt: effect?.kind === 'revertAfterMs' ? appliedAt + effect.ms : Infinity,
  };
  putChange(instance, change, now, effect?.kind === 'unhealthy' ? effect.afterMs : undefined);
  return appliedAt;
}

function pendingMs({ draws, scenario }: CallContext['world'], instance: SimulatedInstance): number {
  return draws.between(scenario.pending, 'pending', instance.arn, instance.updates);
}

/** The API reference knows updates of running and of stopped instances; that others are refused so is inferred. */
function refuseInTransition({ name, state }: SimulatedInstance): void {
  if (state === 'running' || state === 'stopped') return;
  throw new ApiError('OperationFailureException', `The instance ${name} can't be modified while it is ${state}.`);
}
