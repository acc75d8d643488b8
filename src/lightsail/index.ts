export type { CallOptions, Lightsail, LightsailFor } from './api.js';
export type { ProblemKind } from './error-names.js';
export { classifyError, describeProblem, type LightsailProblem, mayHaveTakenEffect } from './errors.js';
export { readFleet, selectInstances } from './fleet.js';
export { NamedError, type OwnErrorName } from './named-error.js';
export { DEFAULT_PACING, type PacingLimits } from './pacer.js';
export { type InstancePage, type InstancePagesOptions, instancePages } from './pages.js';
export { publicAddressesOf, readStatus, type StatusReading, toFleetInstance } from './reading.js';
export { MAX_MESSAGE_LENGTH, redactLine } from './redact.js';
export {
  type RetryThrottledOptions,
  retryThrottled,
  retryThrottledCalls,
  THROTTLE_BASE_MS,
  THROTTLE_CAP_MS,
} from './retry-throttled.js';
export {
  createSdkLightsail,
  DEFAULT_MAX_SOCKETS,
  DEFAULT_REQUEST_TIMEOUT_MS,
  type SdkLightsail,
  type SdkLightsailConfig,
} from './sdk.js';
