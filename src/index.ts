export type { WorkerSettings } from './activities/settings.js';
export type * from './client/index.js';
export {
  HistoryGoneError,
  InvalidRolloutSpecError,
  MessageRefusedError,
  NothingToRollBackError,
  PlanFailedError,
  parseUndoFile,
  RolloutAlreadyRunningError,
  RolloutClient,
  RolloutHandle,
} from './client/index.js';
export { createSdkLightsail, type Lightsail, type LightsailFor, type SdkLightsailConfig } from './lightsail/index.js';
export { LightsailImdsPlugin, type LightsailImdsPluginOptions } from './plugin.js';
export type { MetadataOptions } from './rollout/options.js';
export type { Problem } from './rollout/problem.js';
export { DEFAULT_TASK_QUEUE } from './rollout/queues.js';
export { parseSpec, type RolloutSpec, type RolloutSpecInput, type SpecCheck } from './rollout/spec.js';
export type { UserCheckInput, UserCheckResult, UserCheckTarget } from './rollout/user-check.js';
export { type RunWorkerOptions, runWorker } from './worker.js';
export type { UserNotification } from './workflows/notify.js';
