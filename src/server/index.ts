/** Finding, starting and stopping a Temporal server: one way for `run`, `demo`, tests and CI. */
export { SEARCH_BOUNDS, type SearchBounds } from './bounds.js';
export { CLI_VERSION, cacheFolder } from './cache.js';
export {
  type Attempt,
  LeftoverServer,
  StateFolderInUse,
  StateFolderUnusable,
  TemporalServerMisconfigured,
  TemporalServerStartFailed,
  TemporalServerUnavailable,
  TemporalTlsInvalid,
} from './errors.js';
export { endLeftover } from './leftover.js';
export {
  type LocalServer,
  type LocalServerExit,
  type LocalServerOptions,
  type SpawnedServer,
  startTemporalServer,
} from './local-server.js';
export {
  type OpenedLocalServer,
  type OpenedRunningServer,
  type OpenedServer,
  type OpenServerOptions,
  openResolvedServer,
  openTemporalServer,
} from './open.js';
export { identify } from './process-identity.js';
export {
  type ExecutableServer,
  type ResolvedServer,
  type ResolveOptions,
  resolveTemporalServer,
  type StepKind,
} from './resolve.js';
export { claimFolder, type FolderClaim, findLiveServer, type ServerRecord } from './run-lock.js';
export {
  DEFAULT_NAMESPACE,
  findRunningServer,
  type RunningServer,
  type ServerOverrides,
  type TemporalConnectionOptions,
} from './running-server.js';
export { databaseFile, databaseVersions, type StateFolder, stateFolder } from './state-folder.js';
export type { TlsOptions } from './tls-files.js';
