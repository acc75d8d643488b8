export type { RolloutBounds } from '../rollout/bounds.js';
export type { Plan } from '../rollout/plan.js';
export type { RolloutResult, RolloutStatus } from '../rollout/status.js';
export type { AbortMessage, ApproveMessage, Message, RevertMessage } from '../workflows/messages.js';
export { InvalidRolloutSpecError, MessageRefusedError, PlanFailedError, RolloutAlreadyRunningError } from './errors.js';
export { defaultWorkflowId, type PlanOptions, RolloutClient, type StartOptions } from './rollout-client.js';
export { RolloutHandle, type RolloutOutcome } from './rollout-handle.js';
