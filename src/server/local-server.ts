import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { type ChildExit, type LoggedChild, spawnLogged } from './child-process.js';
import { reasonOf, TemporalServerStartFailed } from './errors.js';
import { findFreePorts, LOOPBACK } from './ports.js';
import { describeNamespace } from './readiness.js';
import { DEFAULT_NAMESPACE } from './running-server.js';

const START_DEADLINE_MS = 60_000;
const STOP_GRACE_MS = 10_000;
const POLL_MS = 50;
/** Starts on other ports, when other processes keep taking the ones found. */
const PORT_ATTEMPTS = 5;

export interface LocalServerOptions {
  /** A `temporal` binary, as `resolveTemporalServer` finds it. */
  readonly path: string;
  /** Keep the state in this SQLite file; its folder is made. Default: in memory. */
  readonly dbFile?: string;
  /** Serve the Web UI too. Default: false. */
  readonly ui?: boolean;
  /** Port of the Web UI. Default: a free one. */
  readonly uiPort?: number;
  /** Say at `metricsUrl` where it serves its metrics, for Prometheus. Default: false; it takes a port that nobody knows. */
  readonly metrics?: boolean;
  /** Just this port, for a restart at the same address. Default: a free one. */
  readonly port?: number;
  /** Namespace to create and to wait for. Default: `default`. */
  readonly namespace?: string;
  /** Gets each line that the server writes. Default: none; the last lines are kept for error messages either way. */
  readonly log?: (line: string) => void;
  /** Server settings; each value is JSON, e.g. `{ 'limit.historyCount.suggestContinueAsNew': '40' }`. */
  readonly dynamicConfig?: Readonly<Record<string, string>>;
  /** Called as soon as the process is there, well before it answers: for a record of it that outlives this process. */
  readonly onSpawn?: (process: SpawnedServer) => void;
  /** Called once when a server that had started ends, `requested` when by `stop()` or `kill()`. */
  readonly onExit?: (exit: LocalServerExit) => void;
  /**
   * True: a Ctrl-C at the terminal does not reach the server, so that a worker can drain first. The caller must then
   * handle SIGINT and call `stop()`. Default: false.
   */
  readonly ownProcessGroup?: boolean;
  /** Milliseconds until the server has to answer. Default: 60,000. */
  readonly startDeadlineMs?: number;
}

interface SpawnedServer {
  readonly pid: number;
  readonly address: string;
  readonly uiUrl?: string;
}

export interface LocalServerExit extends ChildExit {
  readonly requested: boolean;
  readonly lastLines: readonly string[];
}

export interface LocalServer {
  readonly address: string;
  readonly uiUrl?: string;
  readonly metricsUrl?: string;
  readonly namespace: string;
  readonly pid: number;
  /** SIGTERM, after 10 s SIGKILL; settles when the process is gone. May be called again. */
  stop(): Promise<void>;
  /** SIGKILL, as a crash; settles when the process is gone. Start again with the same `port` and `dbFile` to go on. */
  kill(): Promise<void>;
}

interface Ports {
  readonly server: number;
  readonly ui?: number;
  readonly metrics?: number;
}

/**
 * Starts `temporal server start-dev` on loopback and waits until it answers for its namespace. The server is killed
 * when this process ends normally (`process.exit`, or an uncaught error); a program that can be ended by a signal has to
 * handle the signal and call `stop()`.
 *
 * @throws TemporalServerStartFailed with the server's last lines, when it ends or doesn't answer in time.
 *
 * @example
 * const server = await startTemporalServer({ path: '/usr/local/bin/temporal', dbFile: 'state.db' });
 * const connection = await Connection.connect({ address: server.address });
 */
export async function startTemporalServer(options: LocalServerOptions): Promise<LocalServer> {
  if (options.dbFile !== undefined) await mkdir(dirname(options.dbFile), { recursive: true, mode: 0o700 });
  const fixed = options.port !== undefined && (!options.ui || options.uiPort !== undefined);
  for (let attempt = 1; ; attempt++) {
    try {
      return await startOnce(options, await choosePorts(options));
    } catch (error) {
      const clashed = error instanceof TemporalServerStartFailed && error.logLines.some(isPortClash);
      if (fixed || !clashed || attempt === PORT_ATTEMPTS) throw error;
    }
  }
}

async function choosePorts(options: LocalServerOptions): Promise<Ports> {
  const [server, ui, metrics] = await findFreePorts(3);
  if (server === undefined) throw new Error('findFreePorts gave no port');
  const uiPort = options.uiPort ?? ui;
  return {
    server: options.port ?? server,
    ...(options.ui && uiPort !== undefined && { ui: uiPort }),
    ...(options.metrics && metrics !== undefined && { metrics }),
  };
}

/** The server looks for more free ports by itself, and panics where it loses a race for one; its first line may be gone by then. */
function isPortClash(line: string): boolean {
  return /address already in use|can't set \w+ port|devserver\.\(\*StartOptions\)\.buildServer/i.test(line);
}

async function startOnce(options: LocalServerOptions, ports: Ports): Promise<LocalServer> {
  const namespace = options.namespace ?? DEFAULT_NAMESPACE;
  const address = `${LOOPBACK}:${ports.server}`;
  let announced = false;
  let started = false;
  let requested = false;
  const child = await spawnServer(options, serverArguments(options, ports, namespace), (line) => {
    announced ||= new RegExp(`:${ports.server}\\b`).test(line);
  });
  const uiUrl = ports.ui === undefined ? {} : { uiUrl: `http://${LOOPBACK}:${ports.ui}` };
  options.onSpawn?.({ pid: child.pid, address, ...uiUrl });
  const end = (how: () => Promise<void>) => async (): Promise<void> => {
    requested = true;
    await how();
  };
  void child.exited.then((exit) => {
    if (started) options.onExit?.({ ...exit, requested, lastLines: child.lastLines() });
  });

  await waitUntilUp(child, options.startDeadlineMs ?? START_DEADLINE_MS, async () => {
    // Its own banner must have named the port: after a lost race for it, the answer would be another server's.
    if (!announced) throw new Error('it has not announced its address yet');
    await describeNamespace({ address }, namespace);
  });
  started = true;
  return {
    address,
    namespace,
    pid: child.pid,
    ...uiUrl,
    ...(ports.metrics !== undefined && { metricsUrl: `http://${LOOPBACK}:${ports.metrics}/metrics` }),
    stop: end(() => child.stop(STOP_GRACE_MS)),
    kill: end(() => child.kill()),
  };
}

async function spawnServer(
  options: LocalServerOptions,
  args: readonly string[],
  onStdout: (line: string) => void,
): Promise<LoggedChild> {
  try {
    return await spawnLogged(options.path, args, {
      onStdout,
      onLine: (line) => options.log?.(line),
      ownProcessGroup: options.ownProcessGroup ?? false,
      // A database names instances and what was done to them: it is for its user only.
      ...(options.dbFile !== undefined && { umask: 0o077 }),
    });
  } catch (error) {
    throw new TemporalServerStartFailed(`${options.path} cannot be run (${reasonOf(error)})`, [], { cause: error });
  }
}

function serverArguments(options: LocalServerOptions, ports: Ports, namespace: string): readonly string[] {
  const settings = {
    // Without it the server asks a host on the internet whether it is up to date.
    'frontend.enableServerVersionCheck': 'false',
    // By default a shard, and this server has one alone, hands out what is to be done 20 times a second at most.
    'history.transferProcessorMaxPollRPS': '1000',
    ...options.dynamicConfig,
  };
  return [
    'server',
    'start-dev',
    `--ip=${LOOPBACK}`,
    `--port=${ports.server}`,
    `--namespace=${namespace}`,
    '--log-level=warn',
    ...(ports.ui === undefined ? ['--headless'] : [`--ui-port=${ports.ui}`]),
    ...(ports.metrics === undefined ? [] : [`--metrics-port=${ports.metrics}`]),
    ...(options.dbFile === undefined ? [] : [`--db-filename=${options.dbFile}`]),
    ...Object.entries(settings).map(([key, value]) => `--dynamic-config-value=${key}=${value}`),
  ];
}

async function waitUntilUp(child: LoggedChild, deadlineMs: number, probe: () => Promise<void>): Promise<void> {
  const deadline = Date.now() + deadlineMs;
  let exit: ChildExit | undefined;
  void child.exited.then((ended) => {
    exit = ended;
  });
  for (;;) {
    const error = await probe().then(
      () => undefined,
      (reason: unknown) => reason ?? new Error('unknown'),
    );
    if (exit !== undefined) throw new TemporalServerStartFailed(`it ended with ${outcomeOf(exit)}`, child.lastLines());
    if (error === undefined) return;
    if (Date.now() >= deadline) {
      await child.kill();
      const waited = `no answer within ${deadlineMs / 1000} s (${reasonOf(error)})`;
      throw new TemporalServerStartFailed(waited, child.lastLines(), { cause: error });
    }
    await Promise.race([wait(POLL_MS), child.exited]);
  }
}

function outcomeOf({ code, signal }: ChildExit): string {
  return signal === null ? `exit code ${code}` : `signal ${signal}`;
}
