import type { MetadataOptions } from './options.js';

/** The fields of metadata options, for comparing two of them. */
const OPTION_FIELDS = ['httpTokens', 'httpEndpoint', 'httpPutResponseHopLimit', 'httpProtocolIpv6'] as const;

/** A change of options that makes its instance fail its checks. Times are epoch milliseconds; `Infinity` is never. */
interface Harm {
  /** The fields that the change altered; once they all have their values of `before` again, the harm is over. */
  readonly altered: readonly (keyof MetadataOptions)[];
  readonly before: MetadataOptions;
  readonly appliedAt: number;
  /** How long after it is applied the checks begin to fail, in ms. */
  readonly afterMs: number;
  readonly endsAt: number;
}

/** Why an instance fails its checks, if it does. What they say follows from it and from the clock. */
export interface Health {
  /** Since when it fails for no reason of its options, in epoch milliseconds. Only the control interface changes it. */
  readonly failingSince: number | undefined;
  readonly harms: readonly Harm[];
}

/** A change of options, as far as it bears on health. */
export interface HealthChange {
  readonly from: MetadataOptions;
  readonly to: MetadataOptions;
  readonly appliedAt: number;
  readonly revertsAt: number;
}

/** The health of an instance that passes its checks. */
export const HEALTHY: Health = { failingSince: undefined, harms: [] };

/** Since when an instance has been failing its checks, in epoch milliseconds; undefined when it passes them. */
export function failingSince(health: Health, now: number): number | undefined {
  const starts = health.harms.filter((harm) => startOf(harm) <= now && now < harm.endsAt).map(startOf);
  if (health.failingSince !== undefined) starts.push(health.failingSince);
  return starts.length > 0 ? Math.min(...starts) : undefined;
}

/** The moments at which a health begins or ceases to fail the checks, in order. */
export function healthTurns({ harms }: Health): number[] {
  return harms.flatMap((harm) => [startOf(harm), harm.endsAt]).sort((one, other) => one - other);
}

/** The health of an instance that is made to pass its checks, whatever harmed it, or to fail them. */
export function healthSet(health: Health, healthy: boolean, now: number): Health {
  return healthy ? HEALTHY : { ...health, failingSince: failingSince(health, now) ?? now };
}

/**
 * The health of an instance on which a change is put.
 *
 * @param harmAfterMs How long after it is applied the change makes the checks fail; undefined when it doesn't. One that
 * alters nothing, or undoes a harm, never does: a fault that strikes every update leaves a restore its effect.
 */
export function healthAfter(health: Health, change: HealthChange, now: number, harmAfterMs?: number): Health {
  const open = health.harms.filter((harm) => now < harm.endsAt);
  const harms = open.flatMap((harm) => followChange(harm, change, now));
  const altered = OPTION_FIELDS.filter((field) => change.from[field] !== change.to[field]);
  const isHarmful = altered.length > 0 && !open.some((harm) => undoes(change.to, harm));
  if (harmAfterMs === undefined || !isHarmful) return { ...health, harms };
  const { from: before, appliedAt, revertsAt: endsAt } = change;
  return { ...health, harms: [...harms, { altered, before, appliedAt, afterMs: harmAfterMs, endsAt }] };
}

/** What a later change makes of a harm. One that is still pending waits for that change, or is undone before it began. */
function followChange(harm: Harm, change: HealthChange, now: number): Harm[] {
  const endsAt = endOf(harm, change);
  if (now >= harm.appliedAt) return [{ ...harm, endsAt }];
  return undoes(change.to, harm) ? [] : [{ ...harm, appliedAt: change.appliedAt, endsAt }];
}

function endOf(harm: Harm, { from, to, appliedAt, revertsAt }: HealthChange): number {
  if (undoes(to, harm)) return appliedAt;
  return undoes(from, harm) ? revertsAt : Infinity;
}

function undoes(options: MetadataOptions, { altered, before }: Harm): boolean {
  return altered.every((field) => options[field] === before[field]);
}

function startOf(harm: Harm): number {
  return harm.appliedAt + harm.afterMs;
}
