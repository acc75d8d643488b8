import { DefaultLogger, makeTelemetryFilterString, Runtime } from '@temporalio/worker';

/**
 * Sets the Temporal runtime of this process up: its log goes to stderr, and signals are left to the command. Only a
 * command may do so, never the library, since it can be done once a process and belongs to the user of a plugin.
 */
export function installRuntime(level: 'DEBUG' | 'INFO' | 'WARN' | 'ERROR'): void {
  Runtime.install({
    logger: new DefaultLogger(level),
    // Without `forward` the native part writes its warnings to stdout, which belongs to the result.
    telemetryOptions: { logging: { forward: {}, filter: makeTelemetryFilterString({ core: level, other: 'ERROR' }) } },
    shutdownSignals: [],
  });
}
