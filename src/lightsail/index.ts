export type { AccountRole, AccountRoles } from './accounts.js';
export type { CallOptions, CallScope, Lightsail, LightsailFor } from './api.js';
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
export { type InstancePage, instancePages } from './pages.js';
export { DEFAULT_PACING, type PacingLimits } from './rate-limiter.js';
export { FRESH, type InstanceReader, readerOf, sharedReadings } from './reader.js';
export { publicAddressesOf, readStatus, toFleetInstance, toListedInstance } from './reading.js';
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
