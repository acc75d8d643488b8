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

/** What the metric MetadataNoToken says of one instance; or why nobody knows. No data is never zero. */
export type UseReading = KnownUse | { readonly unknown: string };

/** Calls without a token, and how much of the time the metric has data of. */
export interface KnownUse {
  readonly calls: number;
  /** The start of the hour of the last one; ISO 8601, UTC. */
  readonly lastUsed?: string;
  /** The hours with data. */
  readonly hours: number;
  /** The hours of which there may be data: since the start of the lookback, or since the instance was created. */
  readonly expected: number;
}

/**
 * The share of the expected hours that must have data before their silence proves anything. There is none of the hours
 * in which an instance is stopped, so that one which runs in working hours only (45 of 168) must pass.
 */
const MIN_COVERAGE = 0.25;

/** How many hours must have data. @example neededHours({ expected: 336 }) // 84 */
function neededHours({ expected }: Pick<KnownUse, 'expected'>): number {
  return Math.max(1, Math.ceil(expected * MIN_COVERAGE));
}

/** Whether there is data of enough of the time: only then a count that is low says that there were few calls. */
export function isCovered(use: Pick<KnownUse, 'hours' | 'expected'>): boolean {
  return use.hours >= neededHours(use);
}

/** @example describeCoverage({ hours: 300, expected: 336 }) // 'data of 300 of 336 hours' */
export function describeCoverage({ hours, expected }: Pick<KnownUse, 'hours' | 'expected'>): string {
  return `data of ${hours} of ${countOf(expected, 'hour')}`;
}

/** @example describeGap({ calls: 0, hours: 1, expected: 336 }) // 'data of 1 of 336 hours, and it takes 84' */
export function describeGap(use: KnownUse): string {
  return `${describeCoverage(use)}, and it takes ${neededHours(use)}`;
}

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

/** @example judgeUse(policy, { arn, name: 'web-3' }, { calls: 12, hours: 336, expected: 336 }) // { kind: 'blocked', detail: '12 calls without a token in the last 14d, data of 336 of 336 hours' } */
export function judgeUse(policy: EvidencePolicy, instance: Named, reading: UseReading = NOT_READ): Verdict {
  const { lookback, max, onExceed, onUnknown } = policy;
  const isOver = 'calls' in reading && reading.calls > max;
  if ('calls' in reading && !isOver && isCovered(reading)) return { kind: 'passes' };
  const detail = cutReason(
    isOver
      ? `${describeUse(reading, lookback)}${max > 0 ? `, more than ${max}` : ''}`
      : `no evidence: ${whyUnproven(reading)}`,
  );
  if (policy.allow.some((pattern) => isNamed(pattern, instance))) return { kind: 'allowed', detail };
  const answer = isOver ? onExceed : onUnknown;
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
 * @example describeUse({ calls: 12, lastUsed, hours: 300, expected: 336 }, 14 * 86_400_000) // '12 calls without a token in the last 14d, the last after 2026-11-20 13:00 UTC, data of 300 of 336 hours'
 */
function describeUse(use: KnownUse, lookback: number): string {
  const last = use.lastUsed === undefined ? '' : `, the last after ${describeHour(use.lastUsed)}`;
  return `${countOf(use.calls, 'call')} without a token in the last ${formatDuration(lookback)}${last}, ${describeCoverage(use)}`;
}

/** Why a reading proves nothing, though it isn't over what is allowed. */
function whyUnproven(reading: UseReading): string {
  return 'unknown' in reading ? reading.unknown : `MetadataNoToken has ${describeGap(reading)}`;
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
