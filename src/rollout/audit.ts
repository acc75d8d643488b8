import { type FleetInstance, hasOptedOut } from './instance.js';
import { describeChange, fieldsOf, isCompliant, knowsEnough, type MetadataOptions, pickOptions } from './options.js';
import { askedOptions } from './planner.js';
import { matchesSelector } from './selector.js';
import type { RolloutSpec } from './spec.js';

/** How an instance stands to a policy. */
export const POSTURES = ['noncompliant', 'unknown', 'exempt', 'compliant'] as const;

/**
 * `unknown`: what it has can't be read, which is never taken for compliant. `exempt`: it has opted out by tag, or the
 * spec names it as an exception, whatever it has.
 */
export type Posture = (typeof POSTURES)[number];

export interface AuditEntry {
  readonly account: string;
  readonly region: string;
  readonly name: string;
  readonly arn: string;
  readonly state: string;
  readonly blueprint: string | null;
  /** ISO 8601, UTC. */
  readonly createdAt: string | null;
  /** As read; null where nothing could be. */
  readonly options: MetadataOptions | null;
  readonly posture: Posture;
  /** What is missing, or why it is exempt; empty where it is compliant. */
  readonly why: string;
  /** Missing where nobody has asked; null where tokens are required, so that calls without one aren't answered. */
  readonly usage?: AuditUsage | null;
}

/** The calls without a token that an instance has answered; the time is the start of the hour of the last, ISO 8601, UTC. */
export type AuditUsage =
  | { readonly calls: number; readonly lastUsed: string | null; readonly hours: number; readonly expected: number }
  /** There is no data, or data of too few hours to prove anything: never zero. */
  | { readonly unknown: string; readonly hours?: number; readonly expected?: number }
  /** The metric can't be read. */
  | { readonly unread: string };

/** What instances are held against. */
export type AuditPolicy = Pick<RolloutSpec, 'options' | 'overrides' | 'exceptions'>;

/** @example auditInstance({ options: { httpTokens: 'required' }, overrides: [], exceptions: [] }, instance).posture // 'noncompliant' */
export function auditInstance(policy: AuditPolicy, instance: FleetInstance): AuditEntry {
  const { account, region, name, arn, state, blueprint, createdAt, options } = instance;
  return {
    account,
    region,
    name,
    arn,
    state,
    blueprint: blueprint ?? null,
    createdAt: createdAt ?? null,
    options: options ?? null,
    ...judge(policy, instance),
  };
}

function judge(policy: AuditPolicy, instance: FleetInstance): Pick<AuditEntry, 'posture' | 'why'> {
  const asked = askedOptions(policy, instance);
  const { options, optionsState, outOfScope } = instance;
  if (outOfScope !== undefined) return { posture: 'unknown', why: outOfScope };
  const isKnown = knowsEnough(options, asked) && optionsState !== undefined;
  if (isKnown && optionsState === 'applied' && isCompliant(options, asked)) return { posture: 'compliant', why: '' };
  const waiver = policy.exceptions.find(({ names }) => matchesSelector({ names }, instance));
  if (waiver !== undefined) return { posture: 'exempt', why: waiver.reason };
  if (hasOptedOut(instance)) return { posture: 'exempt', why: 'opted out by tag' };
  if (!isKnown) return { posture: 'unknown', why: 'its metadata options can not be read' };
  const difference = describeChange(pickOptions(options, fieldsOf(asked)), asked);
  return { posture: 'noncompliant', why: difference === '' ? 'a change of it is pending' : difference };
}

/** What has become worse since an earlier audit. */
export interface Regression {
  readonly entry: AuditEntry;
  /** Undefined: the instance is new since. */
  readonly before: Posture | undefined;
}

/** Compliant and exempt are as they should be; unknown is worse, noncompliant is worst. */
const BADNESS = { compliant: 0, exempt: 0, unknown: 1, noncompliant: 2 } as const satisfies Record<Posture, number>;

/**
 * The instances that stand worse than in the baseline; one that is new since counts as one that was compliant.
 *
 * @param fails - from which posture on it matters
 */
export function regressions(
  entries: readonly AuditEntry[],
  baseline: readonly Pick<AuditEntry, 'arn' | 'posture'>[],
  fails: readonly Posture[],
): Regression[] {
  const before = new Map(baseline.map(({ arn, posture }) => [arn, posture]));
  return entries.flatMap((entry) => {
    const earlier = before.get(entry.arn);
    const isWorse = BADNESS[entry.posture] > BADNESS[earlier ?? 'compliant'];
    return isWorse && fails.includes(entry.posture) ? [{ entry, before: earlier }] : [];
  });
}

/** How many there are of each posture. */
export function countPostures(entries: readonly AuditEntry[]): Record<Posture, number> {
  const counts = { noncompliant: 0, unknown: 0, exempt: 0, compliant: 0 };
  for (const { posture } of entries) counts[posture] += 1;
  return counts;
}
