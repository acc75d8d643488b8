import { utf8ToBytes } from '@noble/hashes/utils.js';
import type { ExceptionEntry } from './exceptions.js';
import type { Counts } from './ledger.js';
import { cutReason, OUTCOME_KINDS } from './outcome.js';
import type { AllowedInstance } from './plan.js';
import { targetLabel } from './target.js';

/** What a run does now. */
export type Phase = 'planning' | 'applying' | 'waiting' | 'verifying' | 'reverting' | 'ended';

/** Why a rollout waits. */
export type HoldReason =
  | 'bake'
  | 'approval'
  | 'window'
  | 'freeze'
  | 'paused'
  | 'health'
  | 'evidence'
  | 'credentials'
  | 'lease'
  | 'journal';

/** What a rollout waits for. Times are ISO 8601, UTC. */
export interface Waiting {
  readonly for: HoldReason;
  readonly since: string;
  readonly until?: string;
  readonly reason?: string;
}

/** Something that has happened to a run. */
export interface LogEntry {
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly event: string;
  readonly by?: string;
  readonly reason?: string;
}

/** How far a stage is. */
export interface StageStatus {
  readonly name: string;
  /** Targets. */
  readonly size: number;
  readonly counts: Counts;
}

/** The answer of the `status` query, and of every Update. */
export interface RolloutStatus {
  /** Of the spec. */
  readonly name: string;
  /** How it stands, in one line: see `titleOf`. */
  readonly title?: string;
  readonly phase: Phase;
  /** The stage that is applied or baked; missing before the first and after the last. */
  readonly stage?: string;
  readonly waiting: Waiting | null;
  readonly counts: Counts;
  readonly stages: readonly StageStatus[];
  readonly budget: {
    /** Targets that have failed, in all stages. */
    readonly failed: number;
    /** How many may fail in the stage before the rollout stops; missing between stages. */
    readonly allowedInStage?: number;
    /** How many may fail in the whole run, where the spec says so. */
    readonly maxTotal?: number;
    /** Why the rollout stops. */
    readonly tripped?: string;
  };
  /** Changed instances whose health can't be read; no new change starts meanwhile. */
  readonly unreadable?: string;
  /** Why the worker's undo file isn't up to date, where it couldn't be written. */
  readonly journal?: string;
  /** Missing where `evidence.allow` lets nothing pass. */
  readonly evidence?: EvidenceSummary;
  readonly planHash?: string;
  readonly warnings?: readonly string[];
  readonly paused?: LogEntry;
  readonly aborted?: LogEntry & { readonly mode: 'halt' | 'rollback' };
  /** Once it has ended: until when its history is kept, which a rollback needs. ISO 8601, UTC. */
  readonly rollbackUntil?: string;
  /** The last targets that have failed, or couldn't go back, each in a line, the newest last; missing where there are none. */
  readonly failures?: readonly string[];
  /** The last messages and events, oldest first. */
  readonly log: readonly LogEntry[];
}

/** Instances that go ahead, or went, though they make calls without a token, or nobody knows. */
export interface EvidenceSummary {
  /** As `evidence.allow` says; at most 20, `allowedLeftOut` counts the others. */
  readonly allowed: readonly AllowedInstance[];
  readonly allowedLeftOut?: number;
}

/** How the selection stands at the end: instances by the `httpTokens` that the last sweep has read. */
export interface Coverage {
  readonly total: number;
  readonly required: number;
  readonly optional: number;
  readonly unknown: number;
  /** Instances that the plan doesn't know. */
  readonly newSincePlan: number;
}

/** How a run has come to its end. */
export type Ended = 'completed' | 'rolled-back' | 'rollback-incomplete' | 'halted' | 'aborted';

/** What a rollout returns, and what the details of its failure hold. */
export interface RolloutResult {
  readonly ended: Ended;
  /** How it stands, in one line: see `titleOf`. */
  readonly title?: string;
  readonly reason?: string;
  readonly counts: Counts;
  readonly stages: readonly StageStatus[];
  /** The worst ones, at most 100; `exceptionsLeftOut` counts the others. */
  readonly exceptions: readonly ExceptionEntry[];
  readonly exceptionsLeftOut?: number;
  /** Missing where `evidence.allow` has let nothing pass. */
  readonly evidence?: EvidenceSummary;
  /** What a person should know of how it went, such as that something else writes there; missing where there is nothing. */
  readonly warnings?: readonly string[];
  /** Why the worker's undo file isn't up to date, where it couldn't be written. */
  readonly journal?: string;
  /** Missing where no last sweep was made. */
  readonly coverage?: Coverage;
  /** Targets whose httpTokens went from required back to optional. */
  readonly downgraded: number;
  readonly planHash: string;
  /** Until when the history is kept, which a rollback needs; missing where nobody says. ISO 8601, UTC. */
  readonly rollbackUntil?: string;
}

/** Keeps the details of a failure small: more than 2 MB would fail the workflow task for ever. */
export const MAX_EXCEPTIONS = 100;

/** The longest that the exceptions of a result may be as JSON, in bytes; the rest of a result takes some 20 KB at most. */
const MAX_EXCEPTIONS_BYTES = 82_000;

export function cutExceptions(
  exceptions: readonly ExceptionEntry[],
): Pick<RolloutResult, 'exceptions' | 'exceptionsLeftOut'> {
  const short = exceptions.slice(0, MAX_EXCEPTIONS).map((entry) => ({ ...entry, reason: cutReason(entry.reason) }));
  const kept = fitting(short, MAX_EXCEPTIONS_BYTES);
  const left = exceptions.length - kept.length;
  return { exceptions: kept, ...(left > 0 && { exceptionsLeftOut: left }) };
}

/** Instances that `evidence.allow` lets pass, as a status and a result name them. */
const MAX_ALLOWED = 20;

/** The longest that these may be as JSON, in bytes. */
const MAX_ALLOWED_BYTES = 10_000;

/** @returns nothing where there are none */
export function summarizeEvidence(all: readonly AllowedInstance[]): { readonly evidence?: EvidenceSummary } {
  if (all.length === 0) return {};
  const allowed = fitting(all.slice(0, MAX_ALLOWED), MAX_ALLOWED_BYTES);
  const left = all.length - allowed.length;
  return { evidence: { allowed, ...(left > 0 && { allowedLeftOut: left }) } };
}

/** The first entries, as many as fit so many bytes of JSON. */
function fitting<Entry>(entries: readonly Entry[], maxBytes: number): Entry[] {
  let bytes = 2;
  const tooMany = entries.findIndex((entry) => {
    bytes += utf8ToBytes(JSON.stringify(entry)).length + 1;
    return bytes > maxBytes;
  });
  return entries.slice(0, tooMany < 0 ? entries.length : tooMany);
}

/** @example describeCounts({ changed: 3, failed: 1, total: 7, inFlight: 1 }) // '3 changed, 1 failed, 1 in flight, 2 not started, of 7' */
export function describeCounts(counts: Counts): string {
  const parts = OUTCOME_KINDS.flatMap((kind) => ((counts[kind] ?? 0) > 0 ? [`${counts[kind]} ${kind}`] : []));
  if (counts.inFlight > 0) parts.push(`${counts.inFlight} in flight`);
  const settled = OUTCOME_KINDS.reduce((sum, kind) => sum + (counts[kind] ?? 0), counts.inFlight);
  if (settled < counts.total) parts.push(`${counts.total - settled} not started`);
  return parts.length === 0 ? 'no targets' : `${parts.join(', ')}, of ${counts.total}`;
}

/** @example countOf(1, 'target') // '1 target' */
export function countOf(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** @example describeEvidence({ allowed }) // '1 instance goes ahead by evidence.allow: us-east-1/web-3 (12 calls …)' */
export function describeEvidence(
  { allowed, allowedLeftOut = 0 }: EvidenceSummary,
  tense: 'present' | 'past' = 'present',
): string {
  const count = allowed.length + allowedLeftOut;
  const shown = allowed.slice(0, SHOWN_ALLOWED).map((one) => `${targetLabel(one)} (${one.detail})`);
  const more = count > shown.length ? ` and ${count - shown.length} more` : '';
  const goes = tense === 'past' ? 'went' : count === 1 ? 'goes' : 'go';
  return `${countOf(count, 'instance')} ${goes} ahead by evidence.allow: ${shown.join(', ')}${more}`;
}

const SHOWN_ALLOWED = 5;
