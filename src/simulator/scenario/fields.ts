import { z } from 'zod';
import { INSTANCE_STATES, type InstanceState } from '../world/instance.js';
import { HOP_LIMIT, HTTP_ENDPOINT, HTTP_PROTOCOL_IPV6, HTTP_TOKENS, IPV6_REGION } from '../world/options.js';
import { REGIONS } from '../world/regions.js';

/** The blueprint of instances for which none is named. */
export const DEFAULT_BLUEPRINT = 'ubuntu_22_04';

/** Lightsail's pattern of a resource name (API reference, ResourceName). */
export const INSTANCE_NAME = /^\w[\w-]*\w$/;

const DAY_MS = 86_400_000;
/** Far more than the metadata service of one instance answers. */
const MAX_CALLS_PER_HOUR = 1e9;
const STATE_NAMES = Object.keys(INSTANCE_STATES).filter((name): name is InstanceState => name in INSTANCE_STATES);

/** An object with these keys and no others. */
export function section<Shape extends z.core.$ZodLooseShape>(shape: Shape) {
  const keys = Object.keys(shape).join(', ');
  return z.strictObject(shape, {
    error: (issue) => (issue.code === 'unrecognized_keys' ? `the keys ${keys}` : undefined),
  });
}

export const milliseconds = z.int().min(0).max(DAY_MS);

export const msRange = section({ min: milliseconds, max: milliseconds }).refine(({ min, max }) => min <= max, {
  error: 'min not above max',
  params: { remedy: 'Lower min or raise max' },
});

export const accountId = z.string().regex(/^\d{12}$/, { error: 'an account ID of 12 digits' });

/** How long a session may be asked for (STS API reference, AssumeRole). */
export const SESSION_SECONDS = { min: 900, max: 43_200, default: 3600 } as const;

/** The patterns of the STS API reference, AssumeRole. */
export const roleName = z.string().regex(/^[\w+=,.@-]{1,64}$/, { error: 'a role name of letters, digits and +=,.@-_' });
export const externalId = z
  .string()
  .regex(/^[\w+=,.@:/-]{2,1224}$/, { error: 'an external ID of 2 to 1224 letters, digits and +=,.@:/-_' });

/** An account of the scenario; any account while the scenario's own accounts are in error. */
export function knownAccount(known: readonly string[]) {
  return accountId.refine((id) => known.length === 0 || known.includes(id), {
    error: `an account of the scenario: ${known.join(', ')}`,
    params: { remedy: 'Add it to accounts, or name one that is there' },
  });
}

export const region = z.string().refine((name) => REGIONS.has(name), {
  error: `a region of the simulator: ${[...REGIONS.keys()].join(', ')}`,
});

export const instanceName = z
  .string()
  .max(255)
  .regex(INSTANCE_NAME, { error: 'at least two letters, digits, _ or -, not starting or ending in -' });

export const blueprint = z.string().regex(/^\w+$/, { error: 'a blueprint ID such as ubuntu_22_04' });

export const tags = z.record(z.string().min(1).max(128), z.string().max(256));

/** Calls an hour without a token that MetadataNoToken reports; null for no data points. */
export const tokenless = z.number().min(0).max(MAX_CALLS_PER_HOUR).nullable();

export const instanceState = z.enum(STATE_NAMES);

export const httpTokens = z.enum(HTTP_TOKENS);
export const httpEndpoint = z.enum(HTTP_ENDPOINT);
export const hopLimit = z.int().min(HOP_LIMIT.min).max(HOP_LIMIT.max);
export const httpProtocolIpv6 = z.enum(HTTP_PROTOCOL_IPV6);

/** Metadata options to start with; what is left out gets the blueprint's default. */
export const startOptions = section({
  httpTokens: httpTokens.optional(),
  httpEndpoint: httpEndpoint.optional(),
  httpPutResponseHopLimit: hopLimit.optional(),
  httpProtocolIpv6: httpProtocolIpv6.optional(),
});

/** The complaint about IPv6 options in any other region. */
export const IPV6_ELSEWHERE = {
  error: `no httpProtocolIpv6 outside ${IPV6_REGION}`,
  params: { remedy: 'Remove it' },
} as const;

/** Whether IPv6 options are absent, or in the one region that has them. */
export function ipv6Fits(options: { readonly httpProtocolIpv6?: unknown } | null | undefined, region: string): boolean {
  return region === IPV6_REGION || options?.httpProtocolIpv6 === undefined;
}
