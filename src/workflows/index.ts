/**
 * The workflows and their messages, for a worker with workflows of its own to re-export, and for clients that are written in TypeScript.
 * Only workflows and message definitions are exported: each function becomes a workflow type.
 *
 * @example export * from 'lightsail-imds-rollout/workflows';
 * @module workflows
 */
export { imdsRolloutBatch } from './batch.js';
export { imdsHealthCheck } from './health-check.js';
export { imdsScopeLease } from './lease.js';
export type {
  AbortMessage,
  ApproveMessage,
  Message,
  RevertMessage,
  RevertPreviewAnswer,
  TargetsMessage,
} from './messages.js';
export {
  abortSignal,
  abortUpdate,
  addTargetsUpdate,
  approveUpdate,
  pauseSignal,
  pauseUpdate,
  rejectUpdate,
  resumeUpdate,
  revertPreviewQuery,
  revertUpdate,
  skipBakeUpdate,
  statusQuery,
} from './messages.js';
export { imdsPlan } from './plan.js';
export { imdsRollback } from './rollback.js';
export { imdsRollout } from './rollout.js';
