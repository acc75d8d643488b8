import { ApplicationFailure } from '@temporalio/common';
import { DefaultLogger, type Logger, makeTelemetryFilterString, Runtime } from '@temporalio/worker';

/**
 * Sets the Temporal runtime of this process up: its log goes to stderr, and signals are left to the command. Only a
 * command may do so, never the library, since it can be done once a process and belongs to the user of a plugin.
 */
export function installRuntime(level: 'DEBUG' | 'INFO' | 'WARN' | 'ERROR'): void {
  Runtime.install({
    logger: quiet(new DefaultLogger(level)),
    // Without `forward` the native part writes its warnings to stdout, which belongs to the result.
    telemetryOptions: { logging: { forward: {}, filter: makeTelemetryFilterString({ core: level, other: 'ERROR' }) } },
    shutdownSignals: [],
  });
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
