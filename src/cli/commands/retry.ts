import type { Command } from 'commander';
import { CliError } from '../errors.js';
import type { SetExitCode } from '../exit-codes.js';
import { addConfigFlag, addConnectionFlags, addJsonFlag, exampleText, parseRunId } from '../flags.js';
import { createOutput } from '../output.js';
import { ROLLOUT_JSON_SHAPE } from '../rollout-json.js';
import type { RetryFlags } from '../start-retry.js';

export function addRetry(program: Command, setExitCode: SetExitCode): void {
  const command = program
    .command('retry')
    .summary('start a rollout over what has failed or was blocked')
    .description(
      'start the same spec again, over the instances that have failed or were blocked in a rollout that has ended',
    )
    .argument('<id>', 'workflow ID, or name of the spec, of a rollout that has ended')
    .option('-y, --yes', 'do not ask')
    .option('-w, --watch', 'show it until it ends; Ctrl-C leaves it running (exit 130)')
    .option('--wait', 'wait until it ends, and show the end only')
    .option('--run-id <id>', 'an older run of that workflow ID', parseRunId)
    .option('--task-queue <name>', 'task queue of the worker (default: that of the rollout)');
  addConnectionFlags(addConfigFlag(addJsonFlag(command)))
    .addHelpText('after', exampleText(['imds-rollout retry prod-imdsv2 --watch'], ROLLOUT_JSON_SHAPE))
    .action(async (id: string, flags: RetryFlags) => {
      const output = createOutput(flags);
      if (!flags.yes && !output.canAsk) {
        throw new CliError(
          'BadInput',
          'There is no terminal to ask on, so nothing was started. Look at `imds-rollout status`, then add --yes.',
        );
      }
      const { startRetry } = await import('../start-retry.js');
      setExitCode(await startRetry(id, flags, output));
    });
}
