export type { RolloutResult, RolloutStatus } from '../rollout/status.js';
export type { AbortMessage, ApproveMessage, Message } from '../workflows/messages.js';
export { InvalidRolloutSpecError, MessageRefusedError, RolloutAlreadyRunningError } from './errors.js';
export { defaultWorkflowId, RolloutClient, type StartOptions } from './rollout-client.js';
export { RolloutHandle, type RolloutOutcome } from './rollout-handle.js';
