export { HistoryGoneError, NothingToRollBackError, type UndoReading } from '../history/index.js';
export type { RolloutBounds } from '../rollout/bounds.js';
export type { Plan } from '../rollout/plan.js';
export type { RolloutRef } from '../rollout/rollback.js';
export type { RolloutResult, RolloutStatus } from '../rollout/status.js';
export type { UndoEntry } from '../rollout/undo.js';
export { parseUndoFile, type UndoFile, type UndoFileCheck } from '../rollout/undo-file.js';
export type { AbortMessage, ApproveMessage, Message, RevertMessage } from '../workflows/messages.js';
export {
  InvalidRolloutSpecError,
  InvalidScheduleError,
  MessageRefusedError,
  PlanFailedError,
  RolloutAlreadyRunningError,
} from './errors.js';
export { type RollbackOptions, rollbackId } from './rollback.js';
export { defaultWorkflowId, type PlanOptions, RolloutClient, type StartOptions } from './rollout-client.js';
export { RolloutHandle, type RolloutOutcome } from './rollout-handle.js';
export { defaultScheduleId, ROLLOUT_TYPE, type ScheduleWish } from './schedule-request.js';
export type { ScheduleTiming } from './schedule-timing.js';
export { type ScheduleDifference, type ScheduleView, viewSchedule } from './schedule-view.js';
export { RolloutSchedules, type ScheduleChange } from './schedules.js';
