import { ApplicationFailure } from '@temporalio/common';
import { DefaultLogger, type Logger, makeTelemetryFilterString, Runtime } from '@temporalio/worker';
import { METRIC_BUCKETS } from '../rollout/metrics.js';
import { reasonOf } from './errors.js';
import { cantServe, METRICS } from './listen-address.js';
import { createOutput } from './output.js';
import { jsonLogLine, type LogEntry, prettyLogLine } from './render/log-line.js';

export type LogLevel = 'DEBUG' | 'INFO' | 'WARN' | 'ERROR';

export const LOG_FORMATS = ['pretty', 'json'] as const;

/** All that a worker says, on stderr. */
export interface WorkerLog {
  /** What its operator has to know, whatever the level; what begins with `! ` is a warning. */
  note(text: string): void;
  /** The end of this process. @returns whether it is said; people read it as the error of any command */
  fatal(error: unknown, type: string): boolean;
  /** A line of the runtime. */
  write(entry: LogEntry): void;
}

export function createWorkerLog(format: (typeof LOG_FORMATS)[number]): WorkerLog {
  const write = (line: string) => void process.stderr.write(`${line}\n`);
  if (format === 'pretty') {
    return { note: createOutput().note, fatal: () => false, write: (entry) => write(prettyLogLine(entry)) };
  }
  const say = (entry: LogEntry) => write(jsonLogLine(entry));
  return {
    note: (text) => {
      const [, warning] = /^! (.*)$/s.exec(text) ?? [];
      say({ at: new Date(), level: warning === undefined ? 'INFO' : 'WARN', message: warning ?? text });
    },
    fatal: (error, type) => {
      say({ at: new Date(), level: 'ERROR', message: reasonOf(error), attributes: { type } });
      return true;
    },
    write: say,
  };
}

/**
 * Sets the Temporal runtime of this process up: its log goes to stderr, and signals are left to the command. Only a
 * command may do so, never the library, since it can be done once a process and belongs to the user of a plugin.
 *
 * @param metricsAddress - `address:port` on which Prometheus finds the metrics, under /metrics
 * @throws CliError `BadInput` where that address can't be had
 */
export function installRuntime(
  level: LogLevel,
  metricsAddress?: string,
  log: WorkerLog = createWorkerLog('pretty'),
): void {
  try {
    Runtime.install({
      logger: quiet(
        new DefaultLogger(level, ({ level, message, timestampNanos, meta }) =>
          log.write({ at: new Date(Number(timestampNanos / 1_000_000n)), level, message, attributes: meta }),
        ),
      ),
      telemetryOptions: {
        // Without `forward` the native part writes its warnings to stdout, which belongs to the result.
        logging: { forward: {}, filter: makeTelemetryFilterString({ core: level, other: 'ERROR' }) },
        ...(metricsAddress !== undefined && {
          metrics: { prometheus: { bindAddress: metricsAddress, histogramBucketOverrides: { ...METRIC_BUCKETS } } },
        }),
      },
      shutdownSignals: [],
    });
  } catch (error) {
    if (metricsAddress === undefined) throw error;
    // Such as "Failed to start prometheus metrics exporter: Address already in use (os error 98)".
    const why = reasonOf(error)
      .replace(/^.*: /, '')
      .replace(/ \(os error.*/, '');
    throw cantServe(METRICS.flag, metricsAddress, why, error);
  }
}

/** The control worker has no workflows, by design; and how a rollout ended is its own message, without our stack. */
function quiet(logger: Logger): Logger {
  const warn: Logger['warn'] = (message, meta) => {
    if (message.startsWith('No workflows registered')) return;
    const error: unknown = meta?.error;
    const isEnd = message === 'Workflow failed' && error instanceof ApplicationFailure;
    if (isEnd) logger.info(`Rollout ended as ${error.type}: ${error.message}`, { workflowId: meta?.workflowId });
    else logger.warn(message, meta);
  };
  return {
    log: (level, message, meta) => (level === 'WARN' ? warn(message, meta) : logger.log(level, message, meta)),
    trace: (...args) => logger.trace(...args),
    debug: (...args) => logger.debug(...args),
    info: (...args) => logger.info(...args),
    error: (...args) => logger.error(...args),
    warn,
  };
}
