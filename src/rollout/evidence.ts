import { listNames } from './bounds.js';
import { formatDuration } from './duration.js';
import { matchesGlob } from './glob.js';
import { raisesTokens } from './options.js';
import { cutReason } from './outcome.js';
import type { AllowedInstance } from './plan.js';
import { byCodeUnit } from './scope.js';
import type { RolloutSpec } from './spec.js';
import { countOf } from './status.js';
import { type Target, targetLabel, targetNames } from './target.js';

/** How the evidence gate is set. */
export type EvidencePolicy = Exclude<RolloutSpec['evidence'], 'off'>;

/**
 * What the metric MetadataNoToken says of one instance: its calls without a token, and the start of the hour of the last
 * one (ISO 8601, UTC); or why nobody knows. No data is never zero.
 */
export type UseReading = { readonly calls: number; readonly lastUsed?: string } | { readonly unknown: string };

/** An older reading says nothing of a host that may have begun to make such calls since; in milliseconds. */
export const MAX_EVIDENCE_AGE = 3_600_000;

/** Whether a reading has to be made anew; times in milliseconds since the epoch. */
export function isOld(readAt: number, now: number): boolean {
  return now - readAt > MAX_EVIDENCE_AGE;
}

type Named = Pick<Target, 'arn' | 'name'>;

/** Whether it takes evidence to change a target. */
export function takesEvidence({ evidence }: Pick<RolloutSpec, 'evidence'>, target: Pick<Target, 'before' | 'desired'>) {
  return evidence !== 'off' && raisesTokens(target.before, target.desired);
}

/** What the evidence says of one instance, with the reason for a person. */
export type Verdict =
  | { readonly kind: 'passes' }
  /** `evidence.allow` names it. */
  | { readonly kind: 'allowed'; readonly detail: string }
  /** Nobody knows, and `onUnknown` lets such instances go ahead. */
  | { readonly kind: 'unproven'; readonly detail: string }
  | { readonly kind: 'blocked'; readonly detail: string }
  /** Nothing may be changed as long as it is so. */
  | { readonly kind: 'fails'; readonly detail: string };

const NOT_READ: UseReading = { unknown: 'it was not read' };

/** @example judgeUse(policy, { arn, name: 'web-3' }, { calls: 12 }) // { kind: 'blocked', detail: '12 calls without a token in the last 14d' } */
export function judgeUse(policy: EvidencePolicy, instance: Named, reading: UseReading = NOT_READ): Verdict {
  const { lookback, max, onExceed, onUnknown } = policy;
  const isKnown = 'calls' in reading;
  if (isKnown && reading.calls <= max) return { kind: 'passes' };
  const over = max > 0 && isKnown ? `, more than ${max}` : '';
  const detail = cutReason(`${describeUse(reading, lookback)}${over}`);
  if (policy.allow.some((pattern) => isNamed(pattern, instance))) return { kind: 'allowed', detail };
  const answer = isKnown ? onExceed : onUnknown;
  switch (answer) {
    case 'block':
      return { kind: 'blocked', detail };
    case 'fail':
      return { kind: 'fails', detail };
    case 'allow':
      return { kind: 'unproven', detail };
    default:
      return answer satisfies never;
  }
}

/**
 * @param lookback - milliseconds
 * @example describeUse({ calls: 12, lastUsed }, 14 * 86_400_000) // '12 calls without a token in the last 14d, the last after 2026-11-20 13:00 UTC'
 */
function describeUse(reading: UseReading, lookback: number): string {
  if ('unknown' in reading) return `no evidence: ${reading.unknown}`;
  const last = reading.lastUsed === undefined ? '' : `, the last after ${describeHour(reading.lastUsed)}`;
  return `${countOf(reading.calls, 'call')} without a token in the last ${formatDuration(lookback)}${last}`;
}

/** @example describeHour('2026-11-20T13:00:00.000Z') // '2026-11-20 13:00 UTC' */
export function describeHour(iso: string): string {
  return `${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC`;
}

/** Whether a pattern of `evidence.allow` means this instance: of the name, of `region/name` or of `account/region/name`. */
function isNamed(pattern: string, instance: Named): boolean {
  const name = targetNames(instance)[Math.min(2, pattern.split('/').length - 1)];
  return name !== undefined && matchesGlob(pattern, name);
}

/** Patterns of `evidence.allow` that mean no instance, which most likely is a mistake. */
export function idleAllowed({ evidence }: Pick<RolloutSpec, 'evidence'>, fleet: readonly Named[]): string[] {
  if (evidence === 'off') return [];
  return evidence.allow.filter((pattern) => !fleet.some((instance) => isNamed(pattern, instance)));
}

/** An instance that the evidence holds up, and why. */
export interface Doubt<Item extends Named> {
  readonly instance: Item;
  readonly detail: string;
}

export interface Weighed<Item extends Named> {
  /** Those that go ahead. */
  readonly clear: readonly Item[];
  /** Of these, those that `evidence.allow` lets pass. */
  readonly allowed: readonly AllowedInstance[];
  /** Of these, those of which nobody knows. */
  readonly unproven: readonly Item[];
  readonly blocked: readonly Doubt<Item>[];
  readonly failing: readonly Doubt<Item>[];
}

/** Judges instances by their readings. @param readings - by ARN; one that is missing is unknown */
export function weighEvidence<Item extends Named>(
  policy: EvidencePolicy,
  instances: readonly Item[],
  readings: ReadonlyMap<string, UseReading>,
): Weighed<Item> {
  const judged = instances.map((instance) => ({
    instance,
    verdict: judgeUse(policy, instance, readings.get(instance.arn)),
  }));
  const doubts = (kind: 'blocked' | 'fails') =>
    judged.flatMap(({ instance, verdict }) => (verdict.kind === kind ? [{ instance, detail: verdict.detail }] : []));
  return {
    clear: judged.flatMap(({ instance, verdict: { kind } }) =>
      kind === 'blocked' || kind === 'fails' ? [] : [instance],
    ),
    allowed: judged.flatMap(({ instance: { arn, name }, verdict }) =>
      verdict.kind === 'allowed' ? [{ arn, name, detail: verdict.detail }] : [],
    ),
    unproven: judged.flatMap(({ instance, verdict }) => (verdict.kind === 'unproven' ? [instance] : [])),
    blocked: doubts('blocked'),
    failing: doubts('fails'),
  };
}

/** Why nothing (more) may be changed, with the remedy. @example 'The evidence is against 1 instance: us-east-1/web-3 (12 calls …). …' */
export function describeFailing(failing: readonly Doubt<Named>[]): string {
  const names = failing.map(({ instance, detail }) => `${targetLabel(instance)} (${detail})`);
  return `The evidence is against ${countOf(failing.length, 'instance')}: ${listNames(names.toSorted(byCodeUnit))}. Bring their software to IMDSv2, name them in evidence.allow to go ahead all the same, or set evidence.onExceed and onUnknown to block, which leaves such hosts alone.`;
}
