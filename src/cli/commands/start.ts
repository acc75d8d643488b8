import type { Command } from 'commander';
import { CliError } from '../errors.js';
import type { SetExitCode } from '../exit-codes.js';
import { addConfigFlag, addConnectionFlags, addJsonFlag, exampleText } from '../flags.js';
import { createOutput } from '../output.js';
import { ROLLOUT_JSON_SHAPE } from '../rollout-json.js';
import type { StartFlags } from '../start-rollout.js';
import { addBoundsFlags } from './bounds-flags.js';

export function addStart(program: Command, setExitCode: SetExitCode): void {
  const command = program
    .command('start')
    .summary('start a rollout')
    .description('start a rollout on a Temporal server, where a worker carries it out')
    .argument('<spec>', 'YAML or JSON file; - for standard input (then --yes is needed)')
    .option('-y, --yes', 'do not ask')
    .option('-w, --watch', 'show it until it ends; Ctrl-C leaves it running (exit 130)')
    .option('--wait', 'wait until it ends, and show the end only')
    .option('--plan <file>', 'carry this plan out, and no other: what plan -o has kept')
    .option('--task-queue <name>', 'task queue of the worker (default: lightsail-imds-rollout)')
    .option('--workflow-id <id>', 'workflow ID (default: imds-rollout-<name of the spec>)');
  addConnectionFlags(addConfigFlag(addJsonFlag(addBoundsFlags(command))))
    .addHelpText(
      'after',
      exampleText(
        [
          'imds-rollout start rollout.yaml --watch',
          'imds-rollout start rollout.yaml --until canary --watch',
          'imds-rollout start rollout.yaml --plan plan.json --yes',
          'imds-rollout start rollout.yaml --yes --wait --json > result.json',
        ],
        ROLLOUT_JSON_SHAPE,
      ),
    )
    .action(async (path: string, flags: StartFlags) => {
      const output = createOutput(flags);
      const { requireSpec } = await import('../require-spec.js');
      const file = await requireSpec(path);
      if (!flags.yes && (!output.canAsk || path === '-')) {
        throw new CliError(
          'BadInput',
          'There is no terminal to ask on, so nothing was started. Look at `imds-rollout plan`, then add --yes.',
        );
      }
      const { startRollout } = await import('../start-rollout.js');
      setExitCode(await startRollout(file, flags, output));
    });
}
