import { setTimeout as delay } from 'node:timers/promises';
import type { DataConverter } from '@temporalio/common';
import {
  type ExecutableServer,
  type LocalServerExit,
  type LocalServerOptions,
  type OpenedServer,
  openResolvedServer,
  type ResolvedServer,
  type ResolveOptions,
  resolveTemporalServer,
} from '../server/index.js';
import { type RunWorkerOptions, runWorker } from '../worker.js';
import { CliError } from './errors.js';
import type { ConnectionFlags } from './flags.js';
import { connectSession, type Session } from './temporal.js';

/** A Temporal server and a worker of this process: what `demo` and `run` both stand on. */
export interface LocalStack {
  readonly server: OpenedServer;
  readonly session: Session;
  /** Settles once it polls. Called once. */
  startWorker(
    options: Omit<RunWorkerOptions, 'connection' | 'namespace' | 'dataConverter' | 'signal' | 'onReady'>,
  ): Promise<void>;
  /** Rejects where the server or the worker ends by itself, and settles in no other case. */
  readonly broken: Promise<never>;
  /** The worker first, then its server; what was running before is left as it is. May be called again. */
  close(): Promise<void>;
}

export interface LocalStackOptions extends Pick<ResolveOptions, 'overrides' | 'ownServer'> {
  /** How the session was asked for, for the commands that are named to a person. */
  readonly flags?: ConnectionFlags;
  readonly dataConverter?: DataConverter;
  /** A line for each step of a download, and for the steps before it. */
  readonly report: (line: string) => void;
  /** More about a server that is going to be started, once it is known with which CLI. */
  readonly prepare?: (cli: ExecutableServer) => Promise<Pick<LocalServerOptions, 'dbFile' | 'onSpawn'>>;
}

/** Milliseconds. A worker gives what it does 30 s; one that can't end must not hold the process for ever. */
const WORKER_STOPS_WITHIN = 40_000;

/**
 * Opens a server, the running one that the environment names or one of its own with the UI, and connects to it.
 *
 * @throws TemporalServerMisconfigured, TemporalServerUnavailable, TemporalServerStartFailed; CliError `NoServer`
 * @example const stack = await openLocalStack({ report: console.error }); await stack.startWorker({}); await stack.close();
 */
export async function openLocalStack({
  report,
  prepare,
  flags = {},
  dataConverter,
  ...options
}: LocalStackOptions): Promise<LocalStack> {
  const broken = deferred<never>();
  // Nobody may be waiting for it by then.
  broken.promise.catch(() => {});
  const stopping = new AbortController();
  let worker: Promise<void> = Promise.resolve();
  const resolved = await resolveTemporalServer({ ...options, onStep: fromDownloadOn(report) });
  const server = await openServer(resolved, prepare, (exit) => {
    if (!exit.requested) broken.reject(serverEnded(exit));
  });
  const close = async (): Promise<void> => {
    stopping.abort();
    // Its error, if any, is told by `broken`.
    await Promise.race([worker.catch(() => {}), delay(WORKER_STOPS_WITHIN, undefined, { ref: false })]);
    await server.stop();
  };
  try {
    const encryption = { ...(dataConverter !== undefined && { dataConverter }) };
    const session = await connectSession(server, { flags, ...encryption });
    return {
      server,
      session,
      broken: broken.promise,
      close,
      startWorker: async (workerOptions) => {
        const ready = deferred<void>();
        const { connection, namespace } = server;
        const { signal } = stopping;
        worker = runWorker({
          ...workerOptions,
          ...encryption,
          connection,
          namespace,
          signal,
          onReady: () => ready.resolve(),
        });
        worker.then(
          () => signal.aborted || broken.reject(new Error('The worker of this process ended by itself.')),
          broken.reject,
        );
        await Promise.race([ready.promise, worker]);
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function openServer(
  resolved: ResolvedServer,
  prepare: LocalStackOptions['prepare'],
  onExit: NonNullable<LocalServerOptions['onExit']>,
): Promise<OpenedServer> {
  // The session connects to one that runs, says best why it can't, and keeps its key to itself.
  if (resolved.kind === 'running') return { ...resolved, stop: async () => {} };
  return openResolvedServer(resolved, {
    ...(await prepare?.(resolved)),
    ui: true,
    // Ctrl-C is for this process: the worker ends before its server does.
    ownProcessGroup: true,
    onExit,
  });
}

/** Silent while a server is at hand; from a download on, that and the steps before it. */
function fromDownloadOn(report: (line: string) => void): NonNullable<ResolveOptions['onStep']> {
  const earlier: string[] = [];
  let installing = false;
  return (message, kind) => {
    installing ||= kind === 'install';
    earlier.push(message);
    if (installing) for (const line of earlier.splice(0)) report(`Temporal server: ${line}`);
  };
}

function serverEnded({ code, signal, lastLines }: LocalServerExit): CliError {
  const how = signal === null ? `with exit code ${code}` : `by ${signal}`;
  const lines = lastLines.slice(-5).map((line) => `\n  | ${line}`);
  return new CliError('NoServer', `The local Temporal server ended by itself, ${how}.${lines.join('')}`);
}

interface Deferred<T> {
  readonly promise: Promise<T>;
  resolve(value: T): void;
  reject(error: unknown): void;
}

function deferred<T>(): Deferred<T> {
  let settle: Omit<Deferred<T>, 'promise'> = { resolve: () => {}, reject: () => {} };
  const promise = new Promise<T>((resolve, reject) => {
    settle = { resolve, reject };
  });
  return { promise, ...settle };
}
