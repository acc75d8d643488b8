import type { Instance } from '@aws-sdk/client-lightsail';
import type { FleetInstance } from '../rollout/instance.js';
import { isInstanceArn, whyOutOfScope, withoutReading } from '../rollout/listing.js';
import type { MetadataOptions } from '../rollout/options.js';
import type { Place } from '../rollout/reach.js';
import { scopeOf } from '../rollout/scope.js';
import { memberOf, oneOf, textOf } from './untrusted.js';

/**
 * An instance as the domain knows it. Every member of the SDK's `Instance` is optional and enum values pass through the
 * SDK unchecked, so what is missing, unknown or of the wrong type is left out: unknown, never assumed.
 *
 * @returns undefined where there is no name or no ARN of an instance, or where they are longer than any. Such an instance
 * can't be pinned; a caller that lists a fleet must report it, see {@link toListedInstance}.
 */
export function toFleetInstance(instance: Instance): FleetInstance | undefined {
  const arn = boundedText(memberOf(instance, 'arn'), MAX_ARN_LENGTH);
  const name = boundedText(memberOf(instance, 'name'), MAX_NAME_LENGTH);
  const scope = arn === undefined || !isInstanceArn(arn) ? undefined : scopeOf(arn);
  if (arn === undefined || name === undefined || scope === undefined) return undefined;
  const createdAt = toIsoTime(memberOf(instance, 'createdAt'));
  const blueprint = textOf(memberOf(instance, 'blueprintId'));
  const options = readOptions(memberOf(instance, 'metadataOptions'));
  const impaired = readStatus(instance).impaired;
  const optionsState = oneOf(memberOf(memberOf(instance, 'metadataOptions'), 'state'), ['pending', 'applied']);
  return {
    arn,
    name,
    ...scope,
    ...(createdAt !== undefined && { createdAt }),
    ...(blueprint !== undefined && { blueprint }),
    state: textOf(memberOf(memberOf(instance, 'state'), 'name')) ?? 'unknown',
    tags: readTags(memberOf(instance, 'tags')),
    ...(options !== undefined && { options }),
    ...(optionsState !== undefined && { optionsState }),
    ...(impaired !== undefined && { impaired }),
  };
}

/**
 * An instance as it stands in the listing of a place. One whose ARN is of another place, or none, is marked: it can be
 * named, and must not be changed.
 *
 * @returns undefined where it can't be named either
 */
export function toListedInstance(instance: Instance, place: Place): FleetInstance | undefined {
  const arn = boundedText(memberOf(instance, 'arn'), MAX_ARN_LENGTH);
  const name = boundedText(memberOf(instance, 'name'), MAX_NAME_LENGTH);
  if (arn === undefined || name === undefined) return undefined;
  const unread = { arn, name, account: place.account ?? '', region: place.region, state: 'unknown' };
  const listed = toFleetInstance(instance) ?? { ...unread, tags: readTags(memberOf(instance, 'tags')) };
  const why = whyOutOfScope(listed, place);
  return why === undefined ? listed : withoutReading(listed, why);
}

/** Characters: a name has at most 255, and an ARN little more than a name and an ID. */
const MAX_NAME_LENGTH = 255;
const MAX_ARN_LENGTH = 512;

/** A longer one is no name: cut off, it might be that of another instance. */
function boundedText(value: unknown, most: number): string | undefined {
  const text = textOf(value);
  return text === undefined || text.length > most ? undefined : text;
}

/** What Lightsail's own checks say, where they were asked for (`includeHealthStatus`). */
export interface StatusReading {
  /** Which of them it fails, for a person. */
  readonly impaired?: string;
  /** Why they can't be judged now. */
  readonly unclear?: string;
  /** They don't apply to the instance as it is, such as a stopped one. */
  readonly applies: boolean;
}

/** The status checks of the instance and of the system below it (InstanceHealthStatus, API reference of Instance). */
export function readStatus(instance: Instance): StatusReading {
  const checks = [
    ['instance', textOf(memberOf(memberOf(instance, 'instanceStatus'), 'status'))],
    ['system', textOf(memberOf(memberOf(instance, 'systemStatus'), 'status'))],
  ] as const;
  const impaired = checks.find(([, status]) => status === 'impaired');
  if (impaired !== undefined) return { applies: true, impaired: `the ${impaired[0]} status check says impaired` };
  if (checks.some(([, status]) => status === 'not-applicable')) return { applies: false };
  const unclear = checks.find(([, status]) => status !== 'ok');
  if (unclear === undefined) return { applies: true };
  return { applies: true, unclear: `the ${unclear[0]} status check says ${unclear[1] ?? 'nothing'}` };
}

/** Addresses that a probe of the instance may go to. */
export function publicAddressesOf(instance: Instance): string[] {
  const ipv6 = memberOf(instance, 'ipv6Addresses');
  return [memberOf(instance, 'publicIpAddress'), ...(Array.isArray(ipv6) ? ipv6 : [])].flatMap(
    (address) => textOf(address) ?? [],
  );
}

/** Options of which not one field is readable are unknown, as missing ones are. */
function readOptions(options: unknown): MetadataOptions | undefined {
  const httpTokens = oneOf(memberOf(options, 'httpTokens'), ['optional', 'required']);
  const httpEndpoint = oneOf(memberOf(options, 'httpEndpoint'), ['enabled', 'disabled']);
  const httpPutResponseHopLimit = toHopLimit(memberOf(options, 'httpPutResponseHopLimit'));
  const httpProtocolIpv6 = oneOf(memberOf(options, 'httpProtocolIpv6'), ['enabled', 'disabled']);
  const read = {
    ...(httpTokens !== undefined && { httpTokens }),
    ...(httpEndpoint !== undefined && { httpEndpoint }),
    ...(httpPutResponseHopLimit !== undefined && { httpPutResponseHopLimit }),
    ...(httpProtocolIpv6 !== undefined && { httpProtocolIpv6 }),
  };
  return Object.keys(read).length > 0 ? read : undefined;
}

function toHopLimit(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 1 ? value : undefined;
}

function toIsoTime(value: unknown): string | undefined {
  return value instanceof Date && !Number.isNaN(value.getTime()) ? value.toISOString() : undefined;
}

/** `Object.fromEntries` defines its keys, so that a tag named `__proto__` becomes one like any other. */
function readTags(tags: unknown): Record<string, string> {
  if (!Array.isArray(tags)) return {};
  return Object.fromEntries(
    tags.flatMap((tag: unknown) => {
      const key = textOf(memberOf(tag, 'key'));
      return key === undefined ? [] : [[key, textOf(memberOf(tag, 'value')) ?? '']];
    }),
  );
}
