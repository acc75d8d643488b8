import { carryOut, refuse } from '../api/carry-out.js';
import { concludeCall, type DueReply } from '../api/conclude-call.js';
import { isStsOperationName, type StsOperationName } from '../api/operation-names.js';
import { ApiError, attempt } from '../wire/api-error.js';
import { type CredentialScope, readCredentialScope } from '../wire/credential-scope.js';
import type { Identity } from '../world/accounts.js';
import type { World } from '../world/world.js';
import { readRoleArn } from './assume-role.js';
import { STS_OPERATIONS, type StsInput } from './operations.js';
import { newRequestId, queryProtocol, renderReply } from './xml.js';

/** A POST of a form, as it came over the wire. */
export interface StsWireRequest {
  readonly authorization: string | undefined;
  readonly sessionToken: string | undefined;
  readonly body: string;
}

interface StsRequest {
  readonly action: string | undefined;
  readonly version: string | undefined;
  readonly input: StsInput;
  readonly credential: CredentialScope | undefined;
  readonly identity: Identity | undefined;
  readonly sessionToken: string | undefined;
}

interface AdmittedCall {
  readonly operation: StsOperationName;
  readonly caller: Identity;
}

const VERSION = '2011-06-15';
const FORM_CONTENT_TYPE = /^application\/x-www-form-urlencoded\b/i;

/** Whether a request is in the AWS query protocol, which STS speaks and Lightsail doesn't. */
export function isQueryRequest(target: string | undefined, contentType: string | undefined): boolean {
  return target === undefined && FORM_CONTENT_TYPE.test(contentType ?? '');
}

/** Answers one call to STS and logs it. The throttle doesn't count it. */
export function handleStsCall(world: World, wire: StsWireRequest): DueReply {
  const now = world.now();
  const request = readRequest(world, wire);
  const { action: operation, credential, identity, input } = request;
  const logged = { operation, account: identity?.account, region: credential?.region, instanceName: undefined };
  return concludeCall(world, now, { ...logged, input: withoutSecrets(input) }, answer(world, request, now));
}

function answer(world: World, request: StsRequest, now: number) {
  const requestId = newRequestId();
  const protocol = queryProtocol(requestId);
  const call = attempt(() => admit(request, now));
  if (call instanceof ApiError) return refuse(protocol, call);
  const { operation, caller } = call;
  const account = accountConcerned(request.input) ?? caller.account;
  const region = request.credential?.region ?? '';
  const strike = world.faults.strike({ operation, account, region, instanceName: undefined });
  const context = { world, caller, now, effect: strike?.effect };
  const outcome = carryOut(protocol, strike?.effect, () =>
    renderReply(operation, STS_OPERATIONS[operation](context, request.input), requestId),
  );
  return strike ? { ...outcome, strike } : outcome;
}

function readRequest(world: World, { authorization, sessionToken, body }: StsWireRequest): StsRequest {
  const { Action: action, Version: version, ...input } = Object.fromEntries(new URLSearchParams(body));
  const credential = readCredentialScope(authorization);
  const identity = credential && world.accounts.identify(credential.accessKeyId);
  return { action, version, input, credential, identity, sessionToken };
}

function admit({ action, version, credential, identity, sessionToken }: StsRequest, now: number): AdmittedCall {
  if (!credential) throw new ApiError('MissingAuthenticationToken', 'Request is missing Authentication Token');
  if (credential.service !== 'sts') {
    throw new ApiError('SignatureDoesNotMatch', "Credential should be scoped to correct service: 'sts'.");
  }
  if (!identity || (identity.session && identity.session.token !== sessionToken)) {
    throw new ApiError('InvalidClientTokenId', 'The security token included in the request is invalid.');
  }
  if (identity.session && now >= identity.session.endsAt) {
    throw new ApiError('ExpiredToken', 'The security token included in the request is expired');
  }
  if (action === undefined || version !== VERSION || !isStsOperationName(action)) {
    const message = `Could not find operation ${action ?? '(none)'} for version ${version ?? '(none)'}`;
    throw new ApiError('InvalidAction', message);
  }
  return { operation: action, caller: identity };
}

/** The account that a fault means: the role's own, of AssumeRole, and otherwise the caller's. */
function accountConcerned({ RoleArn: arn }: StsInput): string | undefined {
  return arn === undefined ? undefined : readRoleArn(arn).account || undefined;
}

/** What the log shows: an external ID is not for logs, not even for a simulator's. */
function withoutSecrets(input: StsInput): StsInput {
  return input.ExternalId === undefined ? input : { ...input, ExternalId: '(hidden)' };
}
