/** Finding, starting and stopping a Temporal server: one way for `run`, `demo`, tests and CI. */
export { SEARCH_BOUNDS, type SearchBounds } from './bounds.js';
export { CLI_VERSION, cacheFolder } from './cache.js';
export {
  type Attempt,
  TemporalServerMisconfigured,
  TemporalServerStartFailed,
  TemporalServerUnavailable,
  TemporalTlsInvalid,
} from './errors.js';
export {
  type LocalServer,
  type LocalServerExit,
  type LocalServerOptions,
  startTemporalServer,
} from './local-server.js';
export {
  type OpenedLocalServer,
  type OpenedRunningServer,
  type OpenedServer,
  type OpenServerOptions,
  openTemporalServer,
} from './open.js';
export {
  type ExecutableServer,
  type ResolvedServer,
  type ResolveOptions,
  resolveTemporalServer,
  type StepKind,
} from './resolve.js';
export {
  findRunningServer,
  type RunningServer,
  type ServerOverrides,
  type TemporalConnectionOptions,
} from './running-server.js';
export type { TlsOptions } from './tls-files.js';
