export type { AccountRole, AccountRoles } from './accounts.js';
export { type CallOptions, type CallScope, isRationed, type Lightsail, type LightsailFor } from './api.js';
export { nextLook } from './change-pace.js';
export { KEYS_UNAVAILABLE, SESSION_RENEWED, WRITE_REFUSED } from './error-names.js';
export {
  areKeysLapsed,
  classifyError,
  describeProblem,
  httpStatusOf,
  type LightsailProblem,
  mayHaveTakenEffect,
  passesByItself,
} from './errors.js';
export { pinInstances, readFleet } from './fleet.js';
export { readMetadataUse, readMetadataUses } from './metadata-use.js';
export { NamedError } from './named-error.js';
export { DEFAULT_PACING, type PacingLimits } from './pacer.js';
export { type InstancePage, instancePages } from './pages.js';
export type { InstancePoller } from './poller.js';
export { polledLightsail, pollerOf } from './poller-of.js';
export { publicAddressesOf, readStatus, toFleetInstance, toListedInstance } from './reading.js';
export { FRESH, type Sighting } from './recent-readings.js';
export { MAX_MESSAGE_LENGTH, redactLine } from './redact.js';
export { REGION_TO_ASK, readRegionNames } from './regions.js';
export {
  retryThrottled,
  retryThrottledCalls,
  THROTTLE_BASE_MS,
  THROTTLE_CAP_MS,
} from './retry-throttled.js';
export { SAY_SO, sayWhileWaiting } from './say-while-waiting.js';
export {
  createSdkLightsail,
  type SdkLightsail,
  type SdkLightsailConfig,
} from './sdk.js';
export type { CallerIdentity } from './security-tokens.js';
export { readUpdates, type UpdatesRead } from './updates.js';
export { monotonicNow } from './wait-clock.js';
