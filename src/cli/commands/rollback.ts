import { type Command, InvalidArgumentError } from 'commander';
import { MAX_CONCURRENCY } from '../../rollout/turns.js';
import { CliError } from '../errors.js';
import type { SetExitCode } from '../exit-codes.js';
import { addConnectionFlags, addJsonFlag, exampleText, parseRunId } from '../flags.js';
import { createOutput } from '../output.js';
import { ROLLOUT_JSON_SHAPE } from '../rollout-json.js';
import type { RollbackFlags } from '../start-rollback.js';
import { parseNames } from './bounds-flags.js';

const JSON_SHAPE = `with --dry-run, or where there is nothing to take back:
{ "targets": [{ "account", "region", "name", "arn", "stage", "now", "back" }], "toImdsV1", "warnings" }
otherwise:
${ROLLOUT_JSON_SHAPE}`;

export function addRollback(program: Command, setExitCode: SetExitCode): void {
  const command = program
    .command('rollback')
    .summary('take back what a rollout has changed, however it ended')
    .description(
      'take back what a rollout has changed, however it ended, from its history or from a file; of several rollouts, to the oldest options before',
    )
    .argument('[id...]', 'workflow IDs or names of specs of rollouts that have ended')
    .option('-y, --yes', 'do not ask')
    .option('--dry-run', 'show each instance that would go back, and start nothing')
    .option('-w, --watch', 'show it until it ends; Ctrl-C leaves it running (exit 130)')
    .option('--wait', 'wait until it ends, and show the end only')
    .option('--only <names>', 'only these instances: web-1,eu-west-1/web-2', parseNames)
    .option('--keep-tokens', 'never let IMDSv1 in again: httpTokens stays required')
    .option('--concurrency <count>', 'instances at once (default: rollback.concurrency of the spec)', parseConcurrency)
    .option('--run-id <id>', 'an older run of that workflow ID', parseRunId)
    .option('--from <file>', "an undo file of the worker's journal or a JSON report, where the history is gone")
    .option(
      '--allow-edited [sha256]',
      'accept a file that was edited since it was written: shows every difference and asks, also with --yes; without a terminal, name the checksum of its content',
      parseChecksum,
    )
    .option('--task-queue <name>', 'task queue of the worker (default: that of the rollout)');
  addConnectionFlags(addJsonFlag(command))
    .addHelpText(
      'after',
      exampleText(
        [
          'imds-rollout rollback prod-imdsv2 --dry-run',
          'imds-rollout rollback prod-imdsv2 --watch',
          'imds-rollout rollback --from journal/imds-rollout-prod-imdsv2.0198abcd.undo.json --yes --wait',
        ],
        JSON_SHAPE,
      ),
    )
    .action(async (ids: string[], flags: RollbackFlags) => {
      const output = createOutput(flags);
      if (!flags.yes && !flags.dryRun && !output.canAsk) {
        throw new CliError(
          'BadInput',
          'There is no terminal to ask on, so nothing was started. Look at it with --dry-run, then add --yes.',
        );
      }
      const { startRollback } = await import('../start-rollback.js');
      setExitCode(await startRollback(ids, flags, output));
    });
}

function parseChecksum(text: string): string {
  if (/^[0-9a-f]{64}$/.test(text)) return text;
  throw new InvalidArgumentError('It must be a SHA-256, 64 hexadecimal digits, as --dry-run --allow-edited shows it.');
}

function parseConcurrency(text: string): number {
  const count = Number(text);
  if (/^[1-9]\d{0,5}$/.test(text) && count <= MAX_CONCURRENCY) return count;
  throw new InvalidArgumentError(`It must be a whole number from 1 to ${MAX_CONCURRENCY}.`);
}
