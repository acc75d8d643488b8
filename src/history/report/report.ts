import type { RolloutBounds } from '../../rollout/bounds.js';
import type { Counts } from '../../rollout/ledger.js';
import type { MetadataOptions } from '../../rollout/options.js';
import type { AllowedInstance } from '../../rollout/plan.js';
import type { Coverage, HoldReason, LogEntry, RolloutResult } from '../../rollout/status.js';
import type { UndoFile } from '../../rollout/undo-file.js';

/** Grows where a reader of the one before would misread it. */
export const REPORT_FORMAT = 'imds-rollout-report/1';

/** Where a report ends, what it is about: a rollout, a rollback, or a plan that nobody has carried out. */
export type ReportKind = 'rollout' | 'rollback' | 'plan';

/** How a run ended: by itself, or as Temporal ended it; `planned` says that nothing was to be changed. */
export type ReportEnd =
  | RolloutResult['ended']
  | 'running'
  | 'failed'
  | 'cancelled'
  | 'terminated'
  | 'timed-out'
  | 'planned';

/**
 * What a rollout, a rollback or a plan has done, from its histories alone. All times are ISO 8601 in UTC. A member that
 * is null was not recorded, or is not known; `gaps` says which histories are gone.
 */
export interface Report {
  readonly format: typeof REPORT_FORMAT;
  readonly kind: ReportKind;
  /** One sentence that stands alone. */
  readonly headline: string;
  readonly writtenAt: string;
  /** Null where a plan was made without Temporal. */
  readonly rollout: ReportRun | null;
  readonly ended: ReportEnd;
  /** Why it ended so, or waits. */
  readonly reason: string | null;
  readonly outcome?: ReportOutcome;
  readonly versions: ReportVersions;
  /** As it was given, and the SHA-256 over its canonical JSON. Null for a rollback. */
  readonly spec: { readonly input: unknown; readonly sha256: string } | null;
  readonly bounds: RolloutBounds;
  readonly planHash: string | null;
  readonly scopes: readonly ReportScope[];
  readonly counts: Counts;
  readonly coverage: Coverage | null;
  readonly stages: readonly ReportStage[];
  readonly holds: readonly ReportHold[];
  readonly messages: readonly ReportMessage[];
  readonly events: readonly LogEntry[];
  readonly waivers: readonly ReportWaiver[];
  /** Went ahead only because `evidence.allow` names them. */
  readonly allowed: readonly AllowedInstance[];
  /** ARNs of instances whose httpTokens went from required back to optional. */
  readonly downgraded: readonly string[];
  readonly instances: readonly ReportInstance[];
  readonly warnings: readonly string[];
  /** What this report can't know, and why. */
  readonly gaps: readonly string[];
  /** For `rollback --from`; of a rollout only. */
  readonly undo?: UndoFile;
}

/** Whom a report is about. */
export interface ReportIdentity extends Pick<Report, 'format' | 'planHash'> {
  readonly rollout: Pick<ReportRun, 'workflowId' | 'runId'> | null;
}

/** The run in Temporal that a report is about. */
export interface ReportRun {
  readonly workflowId: string;
  /** The latest run, where it was reset. */
  readonly runId: string;
  /** Earlier runs that were read too. */
  readonly earlierRuns: readonly string[];
  /** Null where the spec was refused. */
  readonly name: string | null;
  /** Temporal's: `RUNNING`, `COMPLETED`, `FAILED`, `CANCELLED`, `TERMINATED`, `TIMED_OUT`. */
  readonly status: string;
  readonly namespace: string;
  readonly taskQueue: string;
  /** The client that started it, as it called itself. */
  readonly startedBy: string | null;
  readonly startedAt: string;
  readonly endedAt: string | null;
  /** Of a rollback: the rollouts that it took back. */
  readonly takesBack?: readonly { readonly workflowId: string; readonly runId: string | null }[];
}

/** As `start --json` has it. */
export type ReportOutcome =
  | { readonly status: 'completed'; readonly result: RolloutResult }
  | { readonly status: 'failed'; readonly type: string; readonly message: string; readonly result?: RolloutResult };

/** What has taken part. */
export interface ReportVersions {
  /** Of the package that wrote the report, and of the one whose worker began the run. */
  readonly report: string;
  readonly worker: string | null;
  readonly temporalSdk: string | null;
  /** Of the server, when the report was written. */
  readonly temporalServer: string | null;
  /** Builds of workers that have taken part. */
  readonly workerBuilds: readonly string[];
}

/** One account in one region. */
export interface ReportScope {
  /** Null where it isn't named, and nothing was found there. */
  readonly account: string | null;
  readonly region: string;
  readonly state: 'scanned' | 'passed over' | 'failed' | 'not finished';
  /** Why it wasn't scanned whole. */
  readonly why: string | null;
  /** Instances of the selection. */
  readonly found: number;
  /** By the plan, or by hand (`undo`). */
  readonly planned: number;
  /** ARN of whoever has called there. */
  readonly caller: string | null;
}

/** How a stage went. */
export interface ReportStage {
  readonly name: string;
  readonly size: number;
  readonly counts: Counts;
  /** Milliseconds. */
  readonly bakeMs: number;
  readonly startedAt: string | null;
  readonly endedAt: string | null;
}

/** A time in which no new change started, or in which what was changed was watched. */
export interface ReportHold {
  readonly for: HoldReason;
  readonly stage: string | null;
  readonly since: string;
  /** Null where it is still so; in a run that has ended, where nobody knows. */
  readonly until: string | null;
  readonly reason: string | null;
}

/** Something that somebody asked of the run. */
export interface ReportMessage {
  readonly at: string;
  /** As the update is called: `pause`, `approve` …; or `cancel`, `terminate`, `reset` of Temporal's. */
  readonly message: string;
  readonly by: string | null;
  readonly reason: string | null;
  /** The client that sent it, as it called itself. */
  readonly identity: string | null;
  /** What else it said: the stage, the mode, the instances. */
  readonly says: string | null;
  /** Null: nobody has answered. */
  readonly answered: 'taken' | 'refused' | null;
}

/** An exception of the spec. */
export interface ReportWaiver {
  readonly names: readonly string[];
  readonly reason: string;
  readonly owner: string | null;
  /** Its last day. */
  readonly until: string | null;
  /** Instances that were left alone for it. */
  readonly instances: number;
}

/** What was done to an instance, and what is known of it. */
export interface ReportInstance {
  readonly account: string;
  readonly region: string;
  readonly name: string;
  readonly arn: string;
  /** Null: it is in none. */
  readonly stage: string | null;
  /** As the plan found it; null where it said nothing. */
  readonly before: MetadataOptions | null;
  /** What was asked for; of a rollback, what it goes back to. */
  readonly wanted: MetadataOptions | null;
  /** As it was last read by this run after a write of it; null where this run has written nothing, or has not read it. */
  readonly after: MetadataOptions | null;
  /** Such as `changed`, `failed(deadline)`, `skipped(drifted)`; `not started`, `in flight`, or `may be changed`. */
  readonly outcome: string;
  readonly reason: string | null;
  /** When its outcome was known: where that is `changed`, when it was read back as applied. */
  readonly settledAt: string | null;
  /** Null: none was sent, as far as anybody knows. */
  readonly update: ReportUpdate | null;
  readonly restore: ReportRestore | null;
  /** Tokens went from required back to optional. */
  readonly downgraded: boolean;
  /** Calls without a token before the change. */
  readonly tokenless: ReportUse | null;
  readonly health: ReportHealth | null;
}

/** The last Update that was sent; joins CloudTrail's `requestID`. */
export interface ReportUpdate {
  readonly requestId: string | null;
  /** When it was sent. */
  readonly sentAt: string | null;
}

/** The way back of an instance in the same run. */
export interface ReportRestore extends ReportUpdate {
  /** As the outcomes of a rollback: `restored`, `drifted`, `replaced`, `gone`, `restore-failed`; or `in flight`. */
  readonly outcome: string;
  /** When that was known: of one that is `restored`, when it was read back as applied. */
  readonly settledAt: string | null;
}

/** What the metric MetadataNoToken said of an instance; `readAt` is when it was asked. */
export type ReportUse =
  | {
      readonly calls: number;
      readonly lastUsed: string | null;
      /** The hours that the metric has data of, and of how many it might. */
      readonly hours: number;
      readonly expected: number;
      readonly readAt: string;
    }
  | { readonly unknown: string; readonly readAt: string };

/** What its health checks said before and after the change; null: they said nothing, or there were none. */
export interface ReportHealth {
  readonly before: HealthWord | null;
  readonly after: HealthWord | null;
  readonly reason: string | null;
}

/** `unread`: for a time nothing could be read; `watched`: nothing was reported so far. */
export type HealthWord = 'pass' | 'fail' | 'unread' | 'watched';
