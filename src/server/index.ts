/** Finding, starting and stopping a Temporal server: one way for `run`, `demo`, tests and CI. */
export {
  TemporalServerMisconfigured,
  TemporalServerStartFailed,
  TemporalServerUnavailable,
} from './errors.js';
export { installPinned } from './install-pinned.js';
export { endLeftover } from './leftover.js';
export {
  type LocalServer,
  type LocalServerExit,
  type LocalServerOptions,
  startTemporalServer,
} from './local-server.js';
export {
  type OpenedServer,
  openResolvedServer,
  openTemporalServer,
} from './open.js';
export { identify } from './process-identity.js';
export {
  type ExecutableServer,
  type ResolvedServer,
  type ResolveOptions,
  resolveTemporalServer,
} from './resolve.js';
export { claimFolder, type FolderClaim, findLiveServer } from './run-lock.js';
export {
  DEFAULT_NAMESPACE,
  findRunningServer,
  type RunningServer,
  type ServerOverrides,
  type TemporalConnectionOptions,
} from './running-server.js';
export { databaseFile, databaseVersions, type StateFolder, stateFolder } from './state-folder.js';
export type { TlsOptions } from './tls-files.js';
