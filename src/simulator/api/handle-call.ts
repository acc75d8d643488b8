import type { Effect } from '../faults/effect.js';
import type { Strike } from '../faults/fault-list.js';
import { ApiError, attempt } from '../wire/api-error.js';
import { BAD_GATEWAY, type Delivery, jsonReply, RESET, textReply } from '../wire/delivery.js';
import type { Scope } from '../world/instance.js';
import { REGIONS } from '../world/regions.js';
import type { World } from '../world/world.js';
import { type ApiRequest, readRequest, type WireRequest } from './api-request.js';
import { isOperationName, type OperationName } from './operation-names.js';
import { OPERATIONS } from './operations.js';

interface AdmittedCall {
  readonly operation: OperationName;
  readonly scope: Scope;
}

interface Answer {
  readonly delivery: Delivery;
  readonly error?: string;
  readonly strike?: Strike;
}

/**
 * Answers one API call and logs it. What the call changes, it changes at once, whenever its reply is due.
 *
 * @returns What to send, and after how many ms.
 */
export function handleCall(world: World, wire: WireRequest): { readonly delivery: Delivery; readonly afterMs: number } {
  const now = world.now();
  const request = readRequest(world, wire);
  const { delivery, strike, error } = answer(world, request, now);
  const latency = world.draws.between(world.scenario.latency, 'latency', world.calls.total);
  world.calls.add({
    at: now,
    account: request.account ?? null,
    region: request.region ?? null,
    operation: request.operation ?? null,
    instanceName: request.instanceName ?? null,
    input: request.input ?? null,
    effect: strike?.effect.kind ?? null,
    status: delivery.kind === 'reply' ? delivery.status : null,
    error: error ?? null,
  });
  return { delivery, afterMs: latency + (strike?.delayMs ?? 0) };
}

function answer(world: World, request: ApiRequest, now: number): Answer {
  const call = attempt(() => admit(world, request, now));
  if (call instanceof ApiError) return refuse(world, call);
  const { operation, scope } = call;
  const strike = world.faults.strike({ ...scope, operation, instanceName: request.instanceName });
  const effect = strike?.effect;
  const outcome = carryOut(world, effect, () => OPERATIONS[operation]({ world, scope, now, effect }, request.input));
  return strike ? { ...outcome, strike } : outcome;
}

function admit(world: World, request: ApiRequest, now: number): AdmittedCall {
  const { operation, accessKeyId, account, region, input } = request;
  if (accessKeyId === undefined || region === undefined) {
    throw new ApiError('UnauthenticatedException', 'The request has no SigV4 credential scope for lightsail.');
  }
  if (account === undefined) throw new ApiError('UnrecognizedClientException');
  if (!REGIONS.has(region)) throw new ApiError('InvalidInputException', `The simulator has no Region ${region}.`);
  if (operation === undefined || !isOperationName(operation)) {
    throw new ApiError('InvalidInputException', `The simulator has no operation ${operation ?? '(none)'}.`);
  }
  if (input === undefined) throw new ApiError('SerializationException', 'The body is not JSON.');
  const scope = { account, region };
  if (!world.throttle.admit(scope, now)) throw new ApiError('ThrottlingException');
  return { operation, scope };
}

function carryOut(world: World, effect: Effect | undefined, run: () => object): Answer {
  switch (effect?.kind) {
    case 'error':
      return refuse(world, new ApiError(effect.name, effect.message));
    case 'drop':
      return { delivery: RESET };
    case 'applyThenDrop':
      return withError(RESET, attempt(run));
    case 'html502':
      return effect.applied ? withError(BAD_GATEWAY, attempt(run)) : { delivery: BAD_GATEWAY };
    case 'emptyBody':
      return spoil(world, effect.applied ? attempt(run) : {}, () => '');
    case 'truncatedBody':
      return spoil(world, effect.applied ? attempt(run) : {}, (body) => body.slice(0, Math.ceil(body.length / 2)));
    case 'delayMs':
    case 'operationFailed':
    case 'stuckPending':
    case 'revertAfterMs':
    case 'unhealthy':
    case undefined:
      return reply(world, attempt(run));
    default:
      return effect satisfies never;
  }
}

function reply(world: World, outcome: object): Answer {
  return outcome instanceof ApiError ? refuse(world, outcome) : { delivery: jsonReply(200, outcome) };
}

/** A call that was refused is answered as ever; the body of any other one is spoilt. */
function spoil(world: World, outcome: object, spoilBody: (body: string) => string): Answer {
  if (outcome instanceof ApiError) return refuse(world, outcome);
  return { delivery: textReply(200, spoilBody(JSON.stringify(outcome))) };
}

function refuse(world: World, error: ApiError): Answer {
  const status = error.status(world.scenario.modelledStatus);
  return { delivery: jsonReply(status, error.body()), error: error.errorName };
}

function withError(delivery: Delivery, outcome: object): Answer {
  return outcome instanceof ApiError ? { delivery, error: outcome.errorName } : { delivery };
}
