// Every function that is exported here becomes a workflow type: workflows and message definitions only.
export { imdsRolloutBatch } from './batch.js';
export { imdsHealthCheck } from './health-check.js';
export { imdsScopeLease } from './lease.js';
export type { AbortMessage, ApproveMessage, Message, RevertMessage, TargetsMessage } from './messages.js';
export {
  abortUpdate,
  addTargetsUpdate,
  approveUpdate,
  pauseUpdate,
  rejectUpdate,
  resumeUpdate,
  revertUpdate,
  skipBakeUpdate,
  statusQuery,
} from './messages.js';
export { imdsPlan } from './plan.js';
export { imdsRollback } from './rollback.js';
export { imdsRollout } from './rollout.js';
