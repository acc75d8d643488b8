/** The values that each metadata option can have, in the order in which messages list them. */
export const HTTP_TOKENS = ['optional', 'required'] as const;
export const HTTP_ENDPOINT = ['enabled', 'disabled'] as const;
export const HTTP_PROTOCOL_IPV6 = ['disabled', 'enabled'] as const;

/** EC2's range; that Lightsail has the same is inferred. */
export const HOP_LIMIT = { min: 1, max: 64 } as const;

/** The only region in which `httpProtocolIpv6` exists (Lightsail API reference, InstanceMetadataOptions). */
export const IPV6_REGION = 'eu-north-1';

/** Blueprints that start with IMDSv2 required (Lightsail user guide, "Use IMDSv2 with an instance"). */
const HARDENED_BLUEPRINTS = /^(amazon_linux_2023|ubuntu_24)/;

/** An instance's metadata options. A field that is missing is missing from the service's replies too. */
export interface MetadataOptions {
  readonly httpTokens?: (typeof HTTP_TOKENS)[number] | undefined;
  readonly httpEndpoint?: (typeof HTTP_ENDPOINT)[number] | undefined;
  readonly httpPutResponseHopLimit?: number | undefined;
  readonly httpProtocolIpv6?: (typeof HTTP_PROTOCOL_IPV6)[number] | undefined;
}

/** Metadata options with the state of their last change, as the service reports them. */
export interface ReportedOptions extends MetadataOptions {
  readonly state: 'pending' | 'applied';
}

/** A change to metadata options: undefined keeps a field, null takes it away. */
export type OptionsPatch = { readonly [Field in keyof MetadataOptions]?: MetadataOptions[Field] | null };

/** The options a new instance starts with. */
export function defaultOptions(blueprint: string, region: string): MetadataOptions {
  return {
    httpTokens: HARDENED_BLUEPRINTS.test(blueprint) ? 'required' : 'optional',
    httpEndpoint: 'enabled',
    httpPutResponseHopLimit: 1,
    ...(region === IPV6_REGION ? { httpProtocolIpv6: 'disabled' } : {}),
  };
}

/** Lays a patch over options. */
export function patchOptions(options: MetadataOptions, patch: OptionsPatch): MetadataOptions {
  return {
    httpTokens: patched(options.httpTokens, patch.httpTokens),
    httpEndpoint: patched(options.httpEndpoint, patch.httpEndpoint),
    httpPutResponseHopLimit: patched(options.httpPutResponseHopLimit, patch.httpPutResponseHopLimit),
    httpProtocolIpv6: patched(options.httpProtocolIpv6, patch.httpProtocolIpv6),
  };
}

function patched<Value>(value: Value | undefined, patch: Value | null | undefined): Value | undefined {
  return patch === undefined ? value : (patch ?? undefined);
}

/** The options of a new instance: its blueprint's default under the ones given, or none at all for null. */
export function startingOptions(
  blueprint: string,
  region: string,
  given: MetadataOptions | null | undefined,
): MetadataOptions | undefined {
  return given === null ? undefined : patchOptions(defaultOptions(blueprint, region), given ?? {});
}
