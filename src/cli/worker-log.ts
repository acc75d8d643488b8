import { ApplicationFailure } from '@temporalio/common';
import { DefaultLogger, type Logger, makeTelemetryFilterString, Runtime } from '@temporalio/worker';
import { METRIC_BUCKETS } from '../rollout/metrics.js';
import { CliError } from './errors.js';

export type LogLevel = 'DEBUG' | 'INFO' | 'WARN' | 'ERROR';

/**
 * Sets the Temporal runtime of this process up: its log goes to stderr, and signals are left to the command. Only a
 * command may do so, never the library, since it can be done once a process and belongs to the user of a plugin.
 *
 * @param metricsAddress - `address:port` on which Prometheus finds the metrics, under /metrics
 * @throws CliError `BadInput` where that address can't be had
 */
export function installRuntime(level: LogLevel, metricsAddress?: string): void {
  try {
    Runtime.install({
      logger: quiet(new DefaultLogger(level)),
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
    const why = (error instanceof Error ? error.message : String(error))
      .replace(/^.*: /, '')
      .replace(/ \(os error.*/, '');
    const message = `--metrics: nothing can be served on ${metricsAddress} (${why}). Name an address of this machine and a free port.`;
    throw new CliError('BadInput', message, { cause: error });
  }
}

/** The control worker has no workflows, by design; and how a rollout ended is its own message, without our stack. */
function quiet(logger: Logger): Logger {
  return {
    log: (...args) => logger.log(...args),
    trace: (...args) => logger.trace(...args),
    debug: (...args) => logger.debug(...args),
    info: (...args) => logger.info(...args),
    error: (...args) => logger.error(...args),
    warn: (message, meta) => {
      if (message.startsWith('No workflows registered')) return;
      const error: unknown = meta?.error;
      const isEnd = message === 'Workflow failed' && error instanceof ApplicationFailure;
      if (isEnd) logger.info(`Rollout ended as ${error.type}: ${error.message}`, { workflowId: meta?.workflowId });
      else logger.warn(message, meta);
    },
  };
}
