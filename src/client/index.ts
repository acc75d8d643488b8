/**
 * Starts, watches, steers, schedules and takes back rollouts, and reports on them, over a Temporal client of yours. It needs neither
 * AWS credentials nor a worker in the same process.
 *
 * @example import { RolloutClient } from 'lightsail-imds-rollout/client';
 * @module client
 */
export {
  type BatchRef,
  HistoryGoneError,
  NothingToRollBackError,
  type RolloutRecord,
  type UndoReading,
} from '../history/index.js';
export { NothingToReportError, reportText } from '../history/report/index.js';
export * from '../history/report/report.js';
export type { ChangeSettings } from '../rollout/batch.js';
export type { RolloutBounds } from '../rollout/bounds.js';
export type { Uncovered } from '../rollout/canary.js';
export { addChecksum, type ChecksumCheck, type Checksummed, verifyChecksum } from '../rollout/checksum.js';
export type { DurationText } from '../rollout/duration.js';
export type { ExceptionEntry } from '../rollout/exceptions.js';
export type { Counts } from '../rollout/ledger.js';
export type { MetadataOptions } from '../rollout/options.js';
export type {
  BlockReason,
  FailReason,
  Outcome,
  OutcomeKind,
  RestoreOutcome,
  SkipReason,
} from '../rollout/outcome.js';
export type { AllowedInstance, Approval, Plan, PlannedStage, SettledInstance } from '../rollout/plan.js';
export type { Problem } from '../rollout/problem.js';
export type { RevertEffect, RevertedTarget, RevertPreview } from '../rollout/revert-preview.js';
export type { RestoreSettings, RolloutRef, UndoHead } from '../rollout/rollback.js';
export type { TagGlobs } from '../rollout/selector-fields.js';
export type { Allowance, GroupKey, StageSize } from '../rollout/size.js';
export type { RolloutSpec, RolloutSpecInput } from '../rollout/spec.js';
export type {
  Coverage,
  Ended,
  EvidenceSummary,
  HoldReason,
  LogEntry,
  Phase,
  RolloutResult,
  RolloutStatus,
  StageStatus,
  Waiting,
} from '../rollout/status.js';
export type { Target } from '../rollout/target.js';
export type { Concurrency } from '../rollout/turns.js';
export type { UndoEntry } from '../rollout/undo.js';
export { parseUndoFile, type UndoFile, type UndoFileCheck } from '../rollout/undo-file.js';
export type { AbortMessage, ApproveMessage, Message, RevertMessage } from '../workflows/messages.js';
export { collectReport } from './collect-report.js';
export {
  EditedFileError,
  InvalidRolloutSpecError,
  InvalidScheduleError,
  MessageRefusedError,
  PlanFailedError,
  RolloutAlreadyRunningError,
} from './errors.js';
export { type RollbackFromOptions, type RollbackOptions, rollbackId } from './rollback.js';
export { defaultWorkflowId, type PlanOptions, RolloutClient, type StartOptions } from './rollout-client.js';
export { type MessageAnswer, RolloutHandle, type RolloutOutcome } from './rollout-handle.js';
export { defaultScheduleId, ROLLOUT_TYPE, type ScheduleWish } from './schedule-request.js';
export type { ScheduleTiming } from './schedule-timing.js';
export { type ScheduleDifference, type ScheduleView, viewSchedule } from './schedule-view.js';
export { RolloutSchedules, type ScheduleChange } from './schedules.js';
