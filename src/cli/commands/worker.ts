import type { Command } from 'commander';
import { addConnectionFlags, type ConnectionFlags, exampleText } from '../flags.js';
import type { SetExitCode } from '../program.js';

export interface WorkerFlags extends ConnectionFlags {
  readonly taskQueue?: string;
  readonly logLevel: string;
  readonly metrics?: string;
}

export function addWorker(program: Command, setExitCode: SetExitCode): void {
  const command = program
    .command('worker')
    .summary('carry rollouts out, with your AWS credentials')
    .description(
      'carry rollouts out, with the AWS credentials of this process; SIGTERM or Ctrl-C lets it finish what it began, a second one ends it now',
    )
    .option('--task-queue <name>', 'task queue to poll (default: lightsail-imds-rollout)')
    .option('--log-level <level>', 'debug, info, warn or error; the log goes to stderr', 'warn')
    .option('--metrics <host:port>', 'serve metrics for Prometheus, under /metrics; to anybody who reaches the port');
  addConnectionFlags(command)
    .addHelpText('after', exampleText(['AWS_PROFILE=prod imds-rollout worker --address temporal.internal:7233']))
    .action(async (flags: WorkerFlags) => {
      const { serve } = await import('../serve-worker.js');
      setExitCode(await serve(flags));
    });
}
