import { Client, Connection } from '@temporalio/client';
import type { DataConverter } from '@temporalio/common';
import { RolloutClient } from '../client/index.js';
import {
  DEFAULT_NAMESPACE,
  findLiveServer,
  findRunningServer,
  type RunningServer,
  type ServerOverrides,
  stateFolder,
} from '../server/index.js';
import { leniently, loadDataConverter } from './data-converter.js';
import { CliError } from './errors.js';
import type { ConnectionFlags } from './flags.js';
import { hideSecrets } from './render/redact.js';
import { explainNoConnection, explainTemporalError } from './temporal-errors.js';

/** Where the Temporal CLI and the SDKs look too, where nothing is set. */
const DEFAULT_ADDRESS = 'localhost:7233';

/** Milliseconds in which a server has to answer. */
const CONNECT_TIMEOUT = 5_000;

/** A connection to a Temporal server, with what stands over it. */
export interface Session {
  readonly client: Client;
  /** For lists, where others' rollouts are among one's own: what can't be decoded of a memo is missing, and no error. */
  readonly lister: Client;
  readonly rollouts: RolloutClient;
  readonly address: string;
  readonly namespace: string;
  /** How it was reached, for the commands that are named to a person: see `commandLine`. */
  readonly flags: ConnectionFlags;
  /** Runs one call that must be answered within so many milliseconds. */
  within<T>(ms: number, call: () => Promise<T>): Promise<T>;
}

/**
 * The flags over the environment over the profile, as for the Temporal CLI; then the server of a `run` on this machine. Its
 * secrets are shown nowhere from here on.
 *
 * @throws CliError `BadInput`; TemporalServerMisconfigured, TemporalTlsInvalid
 */
export function connectionSettings(flags: ConnectionFlags, env: NodeJS.ProcessEnv = process.env): RunningServer {
  const overrides = overridesOf(flags);
  const found =
    findRunningServer(env, overrides) ??
    serverOfRun(overrides, env) ??
    findRunningServer(env, { ...overrides, address: DEFAULT_ADDRESS });
  if (found === undefined) throw new CliError('BadInput', 'No address of a Temporal server: give --address host:port.');
  hideConnection(found.connection);
  return found;
}

/** The key and the headers of a connection are shown nowhere from here on. */
function hideConnection({ apiKey, metadata = {} }: RunningServer['connection']): void {
  hideSecrets([...(apiKey === undefined ? [] : [apiKey]), ...Object.values(metadata)]);
}

/** What the flags say of the server. @throws CliError `BadInput` */
export function overridesOf(flags: ConnectionFlags): ServerOverrides {
  const { address, namespace, profile, configFile, apiKey, tls, tlsCertPath, tlsKeyPath, tlsCaPath } = flags;
  const { tlsServerName, tlsDisableHostVerification, grpcMeta } = flags;
  if (tlsDisableHostVerification === true) {
    // The SDK has no such switch for workers, and a check that is quietly still on would be a surprise.
    throw new CliError(
      'BadInput',
      "A server's certificate is always checked. Name the CA that it is from (--tls-ca-path), or the name that it is for (--tls-server-name).",
    );
  }
  return {
    ...(address !== undefined && { address }),
    ...(namespace !== undefined && { namespace }),
    ...(profile !== undefined && { profile }),
    ...(configFile !== undefined && { configFile }),
    ...(apiKey !== undefined && { apiKey }),
    ...(tls !== undefined && { tls }),
    ...(tlsCertPath !== undefined && { tlsCertPath }),
    ...(tlsKeyPath !== undefined && { tlsKeyPath }),
    ...(tlsCaPath !== undefined && { tlsCaPath }),
    ...(tlsServerName !== undefined && { tlsServerName }),
    ...(grpcMeta !== undefined && { grpcMeta: parseHeaders(grpcMeta) }),
  };
}

/** Variables that the server of a `run` doesn't go with. */
const ASKS_FOR_ANOTHER = /^TEMPORAL_(NAMESPACE|PROFILE|API_KEY|TLS|GRPC_META)/;

/** What is asked of a server by name, a key or TLS is not passed over for it. */
function serverOfRun(
  { namespace = DEFAULT_NAMESPACE, ...asked }: ServerOverrides,
  env: NodeJS.ProcessEnv,
): RunningServer | undefined {
  if (Object.keys(asked).length > 0) return undefined;
  if (Object.entries(env).some(([name, value]) => value && ASKS_FOR_ANOTHER.test(name))) return undefined;
  const live = findLiveServer(stateFolder(env));
  if (live === undefined) return undefined;
  const { address } = live;
  return { kind: 'running', source: 'run', address, namespace, connection: { address } };
}

/** Headers by their names in lower case. No error shows one, since it may be a secret. */
function parseHeaders(texts: readonly string[]): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const text of texts) {
    const [, key, value] = /^([\w.-]+)=([\x20-\x7e]*)$/.exec(text) ?? [];
    if (key === undefined || value === undefined || key.endsWith('-bin')) {
      throw new CliError(
        'BadInput',
        '--grpc-meta must be KEY=VALUE, in plain ASCII; what was given is not shown here.',
      );
    }
    headers[key.toLowerCase()] = value;
  }
  return headers;
}

/**
 * Connects, and fails within seconds where there is no server.
 *
 * @throws CliError `NoServer`
 */
export async function openSession(flags: ConnectionFlags): Promise<Session> {
  const server = connectionSettings(flags);
  const dataConverter = await loadDataConverter(flags.dataConverter);
  return connectSession(server, { flags, ...(dataConverter !== undefined && { dataConverter }) });
}

export async function connectSession(
  server: Pick<RunningServer, 'address' | 'namespace' | 'connection'>,
  { flags = {}, dataConverter }: { readonly flags?: ConnectionFlags; readonly dataConverter?: DataConverter } = {},
): Promise<Session> {
  const { address, namespace } = server;
  hideConnection(server.connection);
  const connection = await Connection.connect({ ...server.connection, connectTimeout: CONNECT_TIMEOUT }).catch(
    async (error: unknown) => {
      throw await explainNoConnection(server.connection, namespace, error);
    },
  );
  const client = new Client({ connection, namespace, ...(dataConverter !== undefined && { dataConverter }) });
  return {
    client,
    lister: new Client({ connection, namespace, dataConverter: leniently(client, dataConverter) }),
    rollouts: new RolloutClient(client),
    address,
    namespace,
    flags,
    within: (ms, call) => client.withDeadline(Date.now() + ms, call),
  };
}

/**
 * Opens a session for one command. It is left open: the process ends with the command, and closing it while a call is
 * between two tries throws out of a timer, where nothing can catch it (@temporalio/client 1.24, grpc-retry.ts).
 */
export async function withSession<T>(flags: ConnectionFlags, act: (session: Session) => Promise<T>): Promise<T> {
  const session = await openSession(flags);
  try {
    return await act(session);
  } catch (error) {
    throw explainTemporalError(error, session);
  }
}
