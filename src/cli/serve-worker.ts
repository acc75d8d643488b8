import { type AccountRoles, createSdkLightsail } from '../lightsail/index.js';
import { DEFAULT_TASK_QUEUE } from '../rollout/queues.js';
import { runWorker } from '../worker.js';
import type { WorkerFlags } from './commands/worker.js';
import { CliError, reasonOf } from './errors.js';
import { EXIT } from './exit-codes.js';
import { resolveMetricsAddress } from './metrics-address.js';
import { createOutput } from './output.js';
import { listenForInterrupts } from './signals.js';
import { connectionSettings, withSession } from './temporal.js';
import { describeSettings, readWorkerSettings } from './worker-config.js';
import { installRuntime } from './worker-log.js';
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
  const { checkCredentials, identityOf, close } = createSdkLightsail();
  await checkCredentials().catch((error: unknown) => onMissing(reasonOf(error)));
  const own =
    accounts === undefined
      ? undefined
      : await identityOf().then(
          ({ account }) => account,
          () => undefined,
        );
  close();
  if (own !== undefined && Object.hasOwn(accounts ?? {}, own)) throw ownAccountConfigured(own);
}

/** Half of a rollout would go by its role, and half without. */
function ownAccountConfigured(account: string): CliError {
  return new CliError(
    'BadInput',
    `Account ${account} is the one of this worker's own credentials, so it can have no role in the configuration: take it out of accounts.`,
  );
}

const LOG_LEVELS = ['DEBUG', 'INFO', 'WARN', 'ERROR'] as const;

/** Runs a worker until it is told to stop. @returns the exit code */
export async function serve(flags: WorkerFlags): Promise<number> {
  const { note } = createOutput();
  const level = LOG_LEVELS.find((each) => each === flags.logLevel.toUpperCase());
  if (level === undefined) throw new CliError('BadInput', `--log-level must be one of debug, info, warn, error.`);
  const config = await readWorkerSettings(flags, process.env);
  const { accounts, pacing, ...settings } = config;
  const metrics = flags.metrics === undefined ? undefined : await resolveMetricsAddress(flags.metrics);
  const { address, namespace, connection } = connectionSettings(flags);
  const taskQueue = flags.taskQueue ?? DEFAULT_TASK_QUEUE;
  // Asked first, as the client says better why a server can't be reached, and that a namespace is missing.
  await withSession(flags, (session) => findPollers(session, taskQueue));
  installRuntime(level, metrics);
  if (metrics !== undefined) note(`Metrics for Prometheus: http://${metrics}/metrics`);
  for (const line of describeSettings(config)) note(line);
  const interruption = listenForInterrupts();
  interruption.signal.addEventListener('abort', () => {
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
    signal: interruption.signal,
    onReady: () => note(`Worker polls task queue ${taskQueue}. Ctrl-C stops it.`),
  });
  note('Worker stopped.');
  return EXIT.done;
}
