import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import type { Uncovered } from './canary.js';
import { describeOutcome, type Outcome } from './outcome.js';
import type { Target } from './target.js';

/** A frozen plan: which instance is changed in which stage, and what becomes of those that are in none. */
export interface Plan {
  readonly stages: readonly PlannedStage[];
  /** Instances of the selection that are in no stage, with what is already known of them. */
  readonly settled: readonly SettledInstance[];
  /** Instances that are in a stage though they make calls without a token, or nobody knows: `evidence.allow` names them. */
  readonly allowed: readonly AllowedInstance[];
  /** What the first stage has no instance of. */
  readonly uncovered: readonly Uncovered[];
  readonly warnings: readonly string[];
  /** SHA-256, hexadecimal, of the spec that it was made by. */
  readonly specHash: string;
  /** SHA-256, hexadecimal, over targets, stages and spec, not over the time. */
  readonly hash: string;
}

/** Where none was made. */
export const NO_PLAN: Plan = {
  stages: [],
  settled: [],
  allowed: [],
  uncovered: [],
  warnings: [],
  specHash: '',
  hash: '',
};

/** What a stage waits for before it starts. */
export interface Approval {
  /** Milliseconds; missing: it waits for ever. */
  readonly timeout?: number | undefined;
  readonly onTimeout: 'halt' | 'rollback';
}

/** A stage with its targets, in the order in which they are changed. */
export interface PlannedStage {
  readonly name: string;
  /** Milliseconds. */
  readonly bake: number;
  readonly concurrency: number;
  /** It starts only when an operator has approved it. */
  readonly approval?: Approval;
  readonly targets: readonly Target[];
}

/** An instance that is not to be changed, and why. */
export interface SettledInstance {
  readonly arn: string;
  readonly name: string;
  readonly outcome: Extract<Outcome, { kind: 'compliant' | 'skipped' | 'blocked' }>;
  readonly detail?: string;
}

/** An instance that goes ahead only because the spec allows it. */
export interface AllowedInstance {
  readonly arn: string;
  readonly name: string;
  /** What `evidence.allow` lets pass. */
  readonly detail: string;
}

/** What the hash of a plan is over: all of it that a plan file has too. */
export interface HashedPlan {
  readonly specHash: string;
  readonly stages: readonly (Pick<PlannedStage, 'name' | 'bake' | 'concurrency'> & {
    readonly targets: readonly Target[];
  })[];
  /** `outcome` in words. */
  readonly settled: readonly {
    readonly arn: string;
    readonly name: string;
    readonly outcome: string;
    readonly detail?: string;
  }[];
}

/** Blocked by its calls without a token: their counts and times move from one reading to the next, and are not hashed. */
export const BY_EVIDENCE = describeOutcome({ kind: 'blocked', reason: 'evidence' });

/** The hash of a plan, from its content alone: a plan file whose content was edited has another one. */
export function hashPlan({ specHash, stages, settled }: HashedPlan): string {
  return hashOf({
    specHash,
    stages: stages.map(({ name, bake, concurrency, targets }) => ({
      name,
      bake,
      concurrency,
      targets: targets.map(({ arn, name: called, before, desired, stopped }) => ({
        arn,
        name: called,
        before,
        desired,
        stopped,
      })),
    })),
    settled: settled.map(({ arn, name, outcome, detail }) => ({
      arn,
      name,
      outcome,
      detail: outcome === BY_EVIDENCE ? undefined : detail,
    })),
  });
}

/** How many targets the plan would change. */
export function countTargets(plan: { readonly stages: readonly { readonly targets: readonly unknown[] }[] }): number {
  return plan.stages.reduce((sum, stage) => sum + stage.targets.length, 0);
}

/** SHA-256 over a value's canonical JSON (keys sorted by code unit, no white space). */
export function hashOf(value: unknown): string {
  return bytesToHex(sha256(utf8ToBytes(canonicalJson(value))));
}

/** Keys sorted by code unit, no white space, as RFC 8785 has it. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`);
  return `{${members.join(',')}}`;
}
