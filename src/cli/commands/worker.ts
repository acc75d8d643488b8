import { type Command, Option } from 'commander';
import type { SetExitCode } from '../exit-codes.js';
import { addConnectionFlags, type ConnectionFlags, exampleText, oneOf, parsePort } from '../flags.js';
import type { AllowFlags } from '../worker-config.js';
import type { DeploymentFlags } from '../worker-deployment.js';

export interface WorkerFlags extends ConnectionFlags, AllowFlags, DeploymentFlags {
  readonly taskQueue?: string;
  readonly identity?: string;
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error';
  readonly logFormat: 'pretty' | 'json';
  readonly metrics?: string;
  readonly metricsPort?: number;
  readonly health?: string;
  readonly healthPort?: number;
}

const ENVIRONMENT = `
Environment:
  IMDS_ROLLOUT_NOTIFY_WEBHOOK  an http(s) address that notifications are posted to
  TEMPORAL_DEPLOYMENT_NAME, TEMPORAL_WORKER_BUILD_ID
                               instead of --deployment-name and --build-id
`;

export function addWorker(program: Command, setExitCode: SetExitCode): void {
  const command = program
    .command('worker')
    .summary('carry rollouts out, with your AWS credentials')
    .description(
      'carry rollouts out, with the AWS credentials of this process; SIGTERM or Ctrl-C lets it finish what it began, a second one ends it now',
    )
    .option('--task-queue <name>', 'task queue to poll (default: lightsail-imds-rollout)')
    .option('--identity <name>', 'what it calls itself on the server (default: process, host, version)')
    .option('--deployment-name <name>', 'Worker Versioning: the deployment that it is a version of')
    .option('--build-id <id>', 'and which one (default: the version of this package)')
    .addOption(
      oneOf('--versioning-behavior <behavior>', 'of open rollouts, once another version is current (default: pinned)', [
        'pinned',
        'auto-upgrade',
      ]),
    )
    .addOption(
      oneOf('--log-level <level>', 'from which on; goes to stderr', ['debug', 'info', 'warn', 'error']).default('warn'),
    )
    .addOption(oneOf('--log-format <format>', 'json: one object a line', ['pretty', 'json']).default('pretty'))
    .option('--metrics <host:port>', 'serve metrics for Prometheus, under /metrics; to anybody who reaches the port')
    .addOption(portOf('--metrics-port <port>', 'the same on loopback', 'metrics'))
    .option('--health <host:port>', 'serve /readyz and /livez; port 0 is any free one')
    .addOption(portOf('--health-port <port>', 'the same on loopback', 'health'))
    .option(
      '--config <file>',
      'what this worker allows, in YAML or JSON (default: the file that IMDS_ROLLOUT_CONFIG names); the flags below add to it',
    )
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
        'imds-rollout worker --log-format json --health 0.0.0.0:8086 --metrics 0.0.0.0:9464',
      ]) + ENVIRONMENT,
    )
    .action(async (flags: WorkerFlags) => {
      const { serve } = await import('../serve-worker.js');
      setExitCode(await serve(flags));
    });
}

function portOf(flags: string, description: string, other: string): Option {
  return new Option(flags, description).argParser(parsePort).conflicts(other);
}
