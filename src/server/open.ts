import { SEARCH_BOUNDS } from './bounds.js';
import { reasonOf, TemporalServerMisconfigured } from './errors.js';
import { type LocalServerOptions, startTemporalServer } from './local-server.js';
import { checkConnection } from './readiness.js';
import { type ExecutableServer, type ResolvedServer, type ResolveOptions, resolveTemporalServer } from './resolve.js';
import type { RunningServer, TemporalConnectionOptions } from './running-server.js';

/** How to find a server, and how to start one if none runs already. */
export interface OpenServerOptions extends ResolveOptions, Omit<LocalServerOptions, 'path'> {}

interface OpenServerBase {
  readonly address: string;
  readonly namespace: string;
  /** For `Connection.connect` of `@temporalio/client` and `NativeConnection.connect` of `@temporalio/worker`. */
  readonly connection: TemporalConnectionOptions;
  /** Stops a server that was started; leaves one that was running as it is. May be called again. */
  stop(): Promise<void>;
}

interface OpenedRunningServer extends OpenServerBase {
  readonly kind: 'running';
  readonly source: RunningServer['source'];
}

interface OpenedLocalServer extends OpenServerBase {
  readonly kind: 'started';
  readonly source: ExecutableServer['source'];
  readonly uiUrl?: string;
  readonly metricsUrl?: string;
  readonly pid: number;
  /** Ends the server as a crash would. */
  kill(): Promise<void>;
}

export type OpenedServer = OpenedRunningServer | OpenedLocalServer;

/**
 * A Temporal server to connect to, for the demo, tests and CI alike: the running one that the environment names, or a local
 * one that is started with the CLI that `resolveTemporalServer` finds or installs.
 *
 * @throws TemporalServerMisconfigured, TemporalServerUnavailable, TemporalServerStartFailed
 *
 * @example
 * const server = await openTemporalServer({ ui: true, onStep: (message) => console.error(message) });
 * const client = new Client({ connection: await Connection.connect(server.connection), namespace: server.namespace });
 * await server.stop();
 */
export async function openTemporalServer(options: OpenServerOptions = {}): Promise<OpenedServer> {
  return openResolvedServer(await resolveTemporalServer(options), options);
}

/** For a caller that has to know first what it is going to be, such as the version of the CLI. @throws as `openTemporalServer` */
export async function openResolvedServer(
  resolved: ResolvedServer,
  options: OpenServerOptions = {},
): Promise<OpenedServer> {
  switch (resolved.kind) {
    case 'running':
      return openRunning(resolved, options);
    case 'executable':
      return openLocal(resolved, options);
  }
}

async function openRunning(server: RunningServer, options: OpenServerOptions): Promise<OpenedRunningServer> {
  const { address, connection, source } = server;
  try {
    await checkConnection(connection, options.bounds?.answerMs ?? SEARCH_BOUNDS.answerMs);
  } catch (error) {
    throw new TemporalServerMisconfigured(
      `The Temporal server at ${address} (from ${source}) does not answer: ${reasonOf(error)}. ` +
        'Start it or correct the address and its TLS settings, or unset them to have a local server started.',
      { cause: error },
    );
  }
  const namespace = options.namespace ?? server.namespace;
  return { kind: 'running', source, address, namespace, connection, stop: async () => {} };
}

async function openLocal(executable: ExecutableServer, options: OpenServerOptions): Promise<OpenedLocalServer> {
  const server = await startTemporalServer({ ...options, path: executable.path });
  return { kind: 'started', source: executable.source, connection: { address: server.address }, ...server };
}
