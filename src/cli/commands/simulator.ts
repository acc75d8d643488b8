import type { Command } from 'commander';
import { exampleText, parsePort } from '../flags.js';

export interface SimulatorFlags {
  readonly port: number;
  readonly host: string;
  readonly scenario?: string;
}

export function addSimulator(program: Command): void {
  program
    .command('simulator')
    .summary('serve a simulated Lightsail')
    .description(
      'serve a simulated Lightsail on this machine until Ctrl-C or SIGTERM; real AWS clients work against it',
    )
    .option('--port <number>', 'TCP port; 0 is any free one', parsePort, 0)
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option(
      '--scenario <file>',
      'fleet, delays and faults in YAML or JSON; - for standard input (default: 39 instances in three regions)',
    )
    .option('--json', 'accepted everywhere; the line on stdout is JSON anyway')
    .addHelpText(
      'after',
      exampleText(
        ['imds-rollout simulator --port 4566', 'imds-rollout simulator --scenario fleet.yaml'],
        'always one line on stdout: { "url", "env": { "AWS_ENDPOINT_URL_LIGHTSAIL", "AWS_ENDPOINT_URL_STS", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION" } }',
      ),
    )
    .action(async (flags: SimulatorFlags) => {
      const { serveSimulator } = await import('../serve-simulator.js');
      await serveSimulator(flags);
    });
}
