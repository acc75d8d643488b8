/**
 * The four metadata options of an instance, as in the Lightsail API's `InstanceMetadataOptions`.
 * A missing member is unknown (in a reading) or not asked for (in a spec).
 */
export interface MetadataOptions {
  readonly httpTokens?: 'optional' | 'required';
  readonly httpEndpoint?: 'enabled' | 'disabled';
  readonly httpPutResponseHopLimit?: number;
  readonly httpProtocolIpv6?: 'enabled' | 'disabled';
}

export type OptionField = keyof MetadataOptions;

/** In the order in which they are shown. */
export const OPTION_FIELDS = [
  'httpTokens',
  'httpEndpoint',
  'httpPutResponseHopLimit',
  'httpProtocolIpv6',
] as const satisfies readonly OptionField[];

/** `httpProtocolIpv6` exists in this region only (UpdateInstanceMetadataOptions API reference). */
export const IPV6_REGION = 'eu-north-1';

/** The fields of `options` that have a value. */
export function fieldsOf(options: MetadataOptions): OptionField[] {
  return OPTION_FIELDS.filter((field) => options[field] !== undefined);
}

/**
 * `base` with the fields of `over` set.
 *
 * @example mergeOptions({ httpTokens: 'optional', httpPutResponseHopLimit: 2 }, { httpTokens: 'required' })
 * // { httpTokens: 'required', httpPutResponseHopLimit: 2 }
 */
export function mergeOptions(base: MetadataOptions, over: MetadataOptions): MetadataOptions {
  return { ...base, ...over };
}

/** Only the given fields of `options`; a field without a value stays away, and so do all where nothing is known. */
export function pickOptions(options: MetadataOptions | undefined, fields: readonly OptionField[]): MetadataOptions {
  return Object.fromEntries(
    fields.filter((field) => options?.[field] !== undefined).map((field) => [field, options?.[field]]),
  );
}

/** Whether every field that `asked` names has that value in `current`. Fields that `asked` leaves out don't count. */
export function isCompliant(current: MetadataOptions | undefined, asked: MetadataOptions): boolean {
  return fieldsOf(asked).every((field) => current?.[field] === asked[field]);
}

/** The fields that `asked` names and in which `current` differs. */
export function differingFields(current: MetadataOptions, asked: MetadataOptions): OptionField[] {
  return fieldsOf(asked).filter((field) => current[field] !== asked[field]);
}

/**
 * Whether a reading says enough to change the asked fields and to take the change back: each of them and
 * `httpTokens` must be there, since every Update has to name `httpTokens`.
 */
export function knowsEnough(current: MetadataOptions | undefined, asked: MetadataOptions): current is MetadataOptions {
  return current?.httpTokens !== undefined && fieldsOf(asked).every((field) => current[field] !== undefined);
}

/**
 * What an Update has to send so that `wanted` becomes true: the wanted fields, and always `httpTokens`, because the
 * API sets it to `optional` where it is left out (API reference of UpdateInstanceMetadataOptions).
 */
export function updateFields(current: MetadataOptions | undefined, wanted: MetadataOptions): MetadataOptions {
  const httpTokens = wanted.httpTokens ?? current?.httpTokens;
  return httpTokens === undefined ? wanted : mergeOptions({ httpTokens }, wanted);
}

/**
 * What the restore of a target sets: the asked fields as they were `before`; with `keepTokens`, `httpTokens` is never lowered.
 */
export function restoreOptions(
  before: MetadataOptions,
  desired: MetadataOptions,
  keepTokens: boolean,
): MetadataOptions {
  const back = pickOptions(before, fieldsOf(desired));
  const lowers = back.httpTokens === 'optional' && desired.httpTokens === 'required';
  return keepTokens && lowers ? mergeOptions(back, { httpTokens: 'required' }) : back;
}

/** Whether going from `from` to `to` lets tokenless requests in again. */
export function lowersTokens(from: MetadataOptions, to: MetadataOptions): boolean {
  return from.httpTokens === 'required' && to.httpTokens === 'optional';
}

/** Whether going from `from` to `to` shuts tokenless requests out. */
export function raisesTokens(from: MetadataOptions, to: MetadataOptions): boolean {
  return to.httpTokens === 'required' && from.httpTokens !== 'required';
}

/** @example describeChange({ httpTokens: 'optional' }, { httpTokens: 'required' }) // 'httpTokens optional → required' */
export function describeChange(before: MetadataOptions, after: MetadataOptions): string {
  return differingFields(before, after)
    .map((field) => `${field} ${before[field] ?? 'unknown'} → ${after[field]}`)
    .join(', ');
}
