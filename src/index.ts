/**
 * What a worker needs: the plugin, or a worker that is ready made, and how Lightsail is reached. What starts and steers rollouts is
 * here too, and in `lightsail-imds-rollout/client` without the AWS SDK.
 *
 * @example import { createSdkLightsail, LightsailImdsPlugin } from 'lightsail-imds-rollout';
 * @module index
 */
export type { JournalSettings, WorkerSettings } from './activities/settings.js';
export type * from './client/index.js';
export {
  EditedFileError,
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
export {
  type AccountRole,
  type AccountRoles,
  type CallerIdentity,
  type CallOptions,
  type CallScope,
  createSdkLightsail,
  type Lightsail,
  type LightsailFor,
  type PacingLimits,
  type SdkLightsail,
  type SdkLightsailConfig,
} from './lightsail/index.js';
export { LightsailImdsPlugin, type LightsailImdsPluginOptions } from './plugin.js';
export type { NotifyEvent, UserNotification } from './rollout/notification.js';
export { DEFAULT_TASK_QUEUE } from './rollout/queues.js';
export { parseSpec, type SpecCheck } from './rollout/spec.js';
export type { UserCheckInput, UserCheckResult, UserCheckTarget } from './rollout/user-check.js';
export { type PollingWorker, type RunWorkerOptions, runWorker, type WorkerDeployment } from './worker.js';
