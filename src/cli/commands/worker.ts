import type { Command } from 'commander';
import { addConnectionFlags, type ConnectionFlags, exampleText } from '../flags.js';
import type { SetExitCode } from '../program.js';
import type { AllowFlags } from '../worker-config.js';

export interface WorkerFlags extends ConnectionFlags, AllowFlags {
  readonly taskQueue?: string;
  readonly logLevel: string;
  readonly metrics?: string;
}

const ENVIRONMENT = `
Environment:
  IMDS_ROLLOUT_NOTIFY_WEBHOOK  an http(s) address that notifications are posted to
`;

export function addWorker(program: Command, setExitCode: SetExitCode): void {
  const command = program
    .command('worker')
    .summary('carry rollouts out, with your AWS credentials')
    .description(
      'carry rollouts out, with the AWS credentials of this process; SIGTERM or Ctrl-C lets it finish what it began, a second one ends it now',
    )
    .option('--task-queue <name>', 'task queue to poll (default: lightsail-imds-rollout)')
    .option('--log-level <level>', 'debug, info, warn or error; the log goes to stderr', 'warn')
    .option('--metrics <host:port>', 'serve metrics for Prometheus, under /metrics; to anybody who reaches the port')
    .option('--config <file>', 'what this worker allows, in YAML or JSON; the flags below add to it')
    .option('--allow-probe-host <host...>', "hosts that HTTP checks may name beside an instance's own address")
    .option('--allow-private-probes', 'let HTTP checks reach loopback and private addresses too')
    .option('--allow-task-queue <name...>', 'task queues that activities of health and notify may name')
    .option('--journal <folder>', 'keep undo files there: what takes a rollout back once its history is gone');
  addConnectionFlags(command)
    .addHelpText(
      'after',
      exampleText([
        'AWS_PROFILE=prod imds-rollout worker --address temporal.internal:7233',
        'imds-rollout worker --config worker.yaml --allow-task-queue checks',
      ]) + ENVIRONMENT,
    )
    .action(async (flags: WorkerFlags) => {
      const { serve } = await import('../serve-worker.js');
      setExitCode(await serve(flags));
    });
}
