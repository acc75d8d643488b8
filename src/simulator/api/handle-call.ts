import type { Effect } from '../faults/effect.js';
import { ApiError, attempt } from '../wire/api-error.js';
import { jsonReply, textReply } from '../wire/delivery.js';
import { recordHistory } from '../world/history.js';
import type { Scope } from '../world/instance.js';
import { REGIONS } from '../world/regions.js';
import type { World } from '../world/world.js';
import { type ApiRequest, readRequest, type WireRequest } from './api-request.js';
import { type Answer, carryOut, type Protocol, refuse } from './carry-out.js';
import { concludeCall, type DueReply } from './conclude-call.js';
import { isOperationName, type OperationName } from './operation-names.js';
import { OPERATIONS } from './operations.js';

interface AdmittedCall {
  readonly operation: OperationName;
  readonly scope: Scope;
}

/** Answers one call to Lightsail and logs it. What the call changes, it changes at once, whenever its reply is due. */
export function handleCall(world: World, wire: WireRequest): DueReply {
  const now = world.now();
  const request = readRequest(world, wire);
  return concludeCall(world, now, request, answer(world, request, now));
}

function answer(world: World, request: ApiRequest, now: number): Answer {
  const protocol = protocolOf(world);
  const call = attempt(() => admit(world, request, now));
  if (call instanceof ApiError) return refuse(protocol, call);
  const { operation, scope } = call;
  const strike = world.faults.strike({ ...scope, operation, instanceName: request.instanceName });
  const effect = strike?.effect;
  if (effect?.kind === 'tokenless') setTokenless(world, { ...scope, name: request.instanceName ?? '' }, effect, now);
  const handle = OPERATIONS[operation];
  const outcome = carryOut(protocol, effect, () =>
    JSON.stringify(handle({ world, scope, now, effect }, request.input)),
  );
  return strike ? { ...outcome, strike } : outcome;
}

function admit(world: World, request: ApiRequest, now: number): AdmittedCall {
  const { operation, accessKeyId, identity, region, input } = request;
  if (accessKeyId === undefined || region === undefined) {
    throw new ApiError('UnauthenticatedException', 'The request has no SigV4 credential scope for lightsail.');
  }
  if (!identity) throw new ApiError('UnrecognizedClientException');
  const { session, account } = identity;
  if (session && session.token !== request.sessionToken) throw new ApiError('UnrecognizedClientException');
  if (session && now >= session.endsAt) throw new ApiError('ExpiredTokenException');
  if (!REGIONS.has(region)) throw new ApiError('InvalidInputException', `The simulator has no Region ${region}.`);
  if (operation === undefined || !isOperationName(operation)) {
    throw new ApiError('InvalidInputException', `The simulator has no operation ${operation ?? '(none)'}.`);
  }
  if (input === undefined) throw new ApiError('SerializationException', 'The body is not JSON, or nested too deep.');
  const scope = { account, region };
  if (!world.throttle.admit(scope, now)) throw new ApiError('ThrottlingException');
  return { operation, scope };
}

function setTokenless(
  world: World,
  ref: Scope & { readonly name: string },
  { perHour }: Effect & { readonly kind: 'tokenless' },
  now: number,
): void {
  const instance = world.fleet.find(ref);
  if (!instance) return;
  instance.tokenless = perHour;
  recordHistory(instance, now);
}

function protocolOf({ scenario }: World): Protocol {
  return {
    reply: (body) => textReply(200, body),
    refuse: (error) => jsonReply(error.status(scenario.modelledStatus), error.body()),
  };
}
