import { isDeeperThan, MAX_DEPTH } from '../../untrusted/depth.js';
import { readCredentialScope } from '../wire/credential-scope.js';
import type { Identity } from '../world/accounts.js';
import type { World } from '../world/world.js';
import { INSTANCE_MEMBER, isOperationName } from './operation-names.js';

/** A POST to the API, as it came over the wire. */
export interface WireRequest {
  readonly target: string | undefined;
  readonly authorization: string | undefined;
  /** What came in `X-Amz-Security-Token`. */
  readonly sessionToken: string | undefined;
  readonly body: string;
}

/** What can be told of a request before any of it is judged. What isn't known is undefined. */
export interface ApiRequest {
  readonly operation: string | undefined;
  readonly accessKeyId: string | undefined;
  readonly identity: Identity | undefined;
  readonly account: string | undefined;
  readonly sessionToken: string | undefined;
  readonly region: string | undefined;
  readonly instanceName: string | undefined;
  /** The parsed body; undefined when it isn't JSON, or is nested too deep to be any input. */
  readonly input: unknown;
}

const TARGET_PREFIX = 'Lightsail_20161128.';

/** Reads a request; nothing in it is wrong enough to throw. */
export function readRequest(world: World, request: WireRequest): ApiRequest {
  const { target, authorization, sessionToken, body } = request;
  const operation = target?.startsWith(TARGET_PREFIX) ? target.slice(TARGET_PREFIX.length) : target;
  const signed = readCredentialScope(authorization);
  const credential = signed?.service === 'lightsail' ? signed : undefined;
  const identity = credential && world.accounts.identify(credential.accessKeyId);
  const input = parseJson(body || '{}');
  return {
    operation,
    accessKeyId: credential?.accessKeyId,
    identity,
    account: identity?.account,
    sessionToken,
    region: credential?.region,
    instanceName: operation === undefined ? undefined : readInstanceName(operation, input),
    input,
  };
}

function readInstanceName(operation: string, input: unknown): string | undefined {
  const member = isOperationName(operation) ? INSTANCE_MEMBER[operation] : undefined;
  if (member === undefined || typeof input !== 'object' || input === null) return undefined;
  const name: unknown = Reflect.get(input, member);
  return typeof name === 'string' ? name : undefined;
}

function parseJson(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    // It is logged, and the log is written as JSON.
    return isDeeperThan(MAX_DEPTH, value) ? undefined : value;
  } catch {
    return undefined;
  }
}
