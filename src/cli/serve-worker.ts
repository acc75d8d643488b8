import { type AccountRoles, createSdkLightsail } from '../lightsail/index.js';
import { DEFAULT_TASK_QUEUE } from '../rollout/queues.js';
import { runWorker } from '../worker.js';
import type { WorkerFlags } from './commands/worker.js';
import { loadDataConverter } from './data-converter.js';
import { reasonOf } from './errors.js';
import { EXIT, exitCodeOfError, knownErrorType } from './exit-codes.js';
import { serveHealth } from './health-server.js';
import { chooseAddress, HEALTH, METRICS } from './listen-address.js';
import { requireOthers } from './own-account.js';
import { listenForInterrupts } from './signals.js';
import { connectionSettings, withSession } from './temporal.js';
import { describeSettings, readWorkerSettings } from './worker-config.js';
import { chooseDeployment, describeDeployment } from './worker-deployment.js';
import { createWorkerLog, installRuntime, type WorkerLog } from './worker-log.js';
import { findPollers } from './workers.js';

/**
 * A worker without credentials polls as any other, and every rollout on it fails.
 *
 * @param onMissing - told why there are no credentials; what it throws ends the check
 * @throws CliError `BadInput` where an account of the configuration is the worker's own
 */
export async function checkAccounts(
  accounts: AccountRoles | undefined,
  onMissing: (why: string) => void,
): Promise<void> {
  const aws = createSdkLightsail();
  try {
    await aws.checkCredentials().catch((error: unknown) => onMissing(reasonOf(error)));
    await requireOthers(aws, accounts, "this worker's");
  } finally {
    aws.close();
  }
}

const LEVELS = { debug: 'DEBUG', info: 'INFO', warn: 'WARN', error: 'ERROR' } as const;

/** Runs a worker until it is told to stop. @returns the exit code */
export async function serve(flags: WorkerFlags): Promise<number> {
  const log = createWorkerLog(flags.logFormat);
  try {
    return await serveWith(flags, log);
  } catch (error) {
    if (log.fatal(error, knownErrorType(error) ?? 'Unexpected')) return exitCodeOfError(error);
    throw error;
  }
}

async function serveWith(flags: WorkerFlags, log: WorkerLog): Promise<number> {
  const { note } = log;
  const config = await readWorkerSettings(flags, process.env);
  const { accounts, pacing, ...settings } = config;
  const deployment = chooseDeployment(flags, process.env);
  const metrics = await chooseAddress(METRICS, flags.metrics, flags.metricsPort);
  const healthAddress = await chooseAddress(HEALTH, flags.health, flags.healthPort);
  const { address, namespace, connection } = connectionSettings(flags);
  const dataConverter = await loadDataConverter(flags.dataConverter);
  const taskQueue = flags.taskQueue ?? DEFAULT_TASK_QUEUE;
  const health = healthAddress === undefined ? undefined : await serveHealth(healthAddress);
  if (health !== undefined) note(`Health: ${health.url}/readyz and /livez`);
  try {
    // Asked first, as the client says better why a server can't be reached, and that a namespace is missing.
    await withSession(flags, (session) => findPollers(session, taskQueue));
    installRuntime(LEVELS[flags.logLevel], metrics, log);
    if (metrics !== undefined) note(`Metrics for Prometheus: http://${metrics}/metrics`);
    for (const line of describeSettings(config)) note(line);
    const interruption = listenForInterrupts();
    interruption.signal.addEventListener('abort', () => {
      health?.drains();
      note(`${interruption.received}: finishing what is under way, at most 30 s; once more to end now.`);
    });
    await checkAccounts(accounts, (why) =>
      note(
        `! No AWS credentials here (${why}): every rollout on this worker will fail. Set AWS_PROFILE or AWS_ACCESS_KEY_ID.`,
      ),
    );
    note(`Worker starts: ${address}, namespace ${namespace}.`);
    await runWorker({
      connection,
      namespace,
      taskQueue,
      settings,
      ...(accounts !== undefined && { accounts }),
      ...(pacing !== undefined && { pacing }),
      ...(dataConverter !== undefined && { dataConverter }),
      ...(flags.identity !== undefined && { identity: flags.identity }),
      ...(deployment !== undefined && { deployment }),
      signal: interruption.signal,
      onReady: (worker) => {
        health?.polls(worker);
        note(`Worker polls task queue ${taskQueue}. Ctrl-C stops it.`);
        if (deployment !== undefined) note(describeDeployment(deployment));
      },
    });
    note('Worker stopped.');
    return EXIT.done;
  } finally {
    await health?.close();
  }
}
