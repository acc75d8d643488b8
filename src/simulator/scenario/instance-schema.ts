import { z } from 'zod';
import {
  blueprint,
  DEFAULT_BLUEPRINT,
  hopLimit,
  httpEndpoint,
  httpProtocolIpv6,
  httpTokens,
  IPV6_ELSEWHERE,
  instanceName,
  instanceState,
  ipv6Fits,
  knownAccount,
  region,
  section,
  startOptions,
  tags,
  tokenless,
} from './fields.js';

const IPV6_PATH = ['metadataOptions', 'httpProtocolIpv6'];

/** The schema of an instance to create, in one of these accounts. */
export function newInstanceSchema(accounts: readonly string[]) {
  return section({
    account: knownAccount(accounts),
    region,
    name: instanceName,
    tags: tags.default({}),
    blueprint: blueprint.default(DEFAULT_BLUEPRINT),
    metadataOptions: startOptions.nullable().optional(),
    state: instanceState.default('running'),
    healthy: z.boolean().default(true),
    tokenless: tokenless.default(0),
  }).refine((instance) => ipv6Fits(instance.metadataOptions, instance.region), { ...IPV6_ELSEWHERE, path: IPV6_PATH });
}

const optionsPatch = section({
  state: z.enum(['pending', 'applied']).optional(),
  httpTokens: httpTokens.nullable().optional(),
  httpEndpoint: httpEndpoint.nullable().optional(),
  httpPutResponseHopLimit: hopLimit.nullable().optional(),
  httpProtocolIpv6: httpProtocolIpv6.nullable().optional(),
});

/** The schema of a change to an instance of this region. */
export function instancePatchSchema(regionOfInstance: string) {
  return section({
    metadataOptions: optionsPatch.nullable().optional(),
    tags: tags.optional(),
    state: instanceState.optional(),
    healthy: z.boolean().optional(),
    tokenless: tokenless.optional(),
  }).refine((patch) => ipv6Fits(patch.metadataOptions, regionOfInstance), { ...IPV6_ELSEWHERE, path: IPV6_PATH });
}

/** An instance to create. `metadataOptions: null` makes one whose options are missing from replies. */
export interface NewInstanceInput extends z.input<ReturnType<typeof newInstanceSchema>> {}

/**
 * A change to an instance. Metadata options are merged into the ones in force; null takes a field, or all of them,
 * out of the replies; `state: pending` holds them there until the next change. Tags are replaced. `healthy: true`
 * heals whatever makes its checks fail, or is about to; what `healthy: false` does, no change of options undoes.
 * `tokenless` is what it is from now on: what its metrics report of the time before stays.
 */
export interface InstancePatch extends z.input<ReturnType<typeof instancePatchSchema>> {}
