import { Client, Connection } from '@temporalio/client';
import { RolloutClient } from '../client/index.js';
import {
  DEFAULT_NAMESPACE,
  findLiveServer,
  findRunningServer,
  type RunningServer,
  stateFolder,
} from '../server/index.js';
import { CliError } from './errors.js';
import type { ConnectionFlags } from './flags.js';
import { explainTemporalError, NoServerError } from './temporal-errors.js';

/** Where the Temporal CLI and the SDKs look too, where nothing is set. */
const DEFAULT_ADDRESS = 'localhost:7233';

/** Milliseconds in which a server has to answer. */
const CONNECT_TIMEOUT = 5_000;

/** A connection to a Temporal server, with what stands over it. */
export interface Session {
  readonly client: Client;
  readonly rollouts: RolloutClient;
  readonly address: string;
  readonly namespace: string;
  /** Runs one call that must be answered within so many milliseconds. */
  within<T>(ms: number, call: () => Promise<T>): Promise<T>;
}

/** The flags over the environment over the profile, as for the Temporal CLI; then the server of a `run` on this machine. */
export function connectionSettings(flags: ConnectionFlags): RunningServer {
  const env = connectionEnvironment(flags);
  const found =
    findRunningServer(env, flags.profile) ??
    serverOfRun(flags) ??
    findRunningServer({ ...env, TEMPORAL_ADDRESS: DEFAULT_ADDRESS }, flags.profile);
  if (found === undefined) throw new CliError('BadInput', 'No address of a Temporal server: give --address host:port.');
  return found;
}

/** The environment, with what flags say over it. */
export function connectionEnvironment({ address, namespace }: ConnectionFlags): NodeJS.ProcessEnv {
  return {
    ...process.env,
    ...(address !== undefined && { TEMPORAL_ADDRESS: address }),
    ...(namespace !== undefined && { TEMPORAL_NAMESPACE: namespace }),
  };
}

/** A profile that was asked for by name is not passed over for it. */
function serverOfRun({ namespace, profile }: ConnectionFlags): RunningServer | undefined {
  const live = profile === undefined ? findLiveServer(stateFolder(process.env)) : undefined;
  if (live === undefined) return undefined;
  const { address } = live;
  return {
    kind: 'running',
    source: 'run',
    address,
    namespace: namespace ?? DEFAULT_NAMESPACE,
    connection: { address },
  };
}

/**
 * Connects, and fails within seconds where there is no server.
 *
 * @throws CliError `NoServer`
 */
export async function openSession(flags: ConnectionFlags): Promise<Session> {
  return connectSession(connectionSettings(flags));
}

export async function connectSession(
  server: Pick<RunningServer, 'address' | 'namespace' | 'connection'>,
): Promise<Session> {
  const { address, namespace } = server;
  const connection = await Connection.connect({ ...server.connection, connectTimeout: CONNECT_TIMEOUT }).catch(
    (error: unknown) => {
      throw new NoServerError(address, error);
    },
  );
  const client = new Client({ connection, namespace });
  return {
    client,
    rollouts: new RolloutClient(client),
    address,
    namespace,
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
