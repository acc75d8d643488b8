import type { Command } from 'commander';
import { CliError } from '../errors.js';
import type { SetExitCode } from '../exit-codes.js';
import { addConnectionFlags, addJsonFlag, type ConnectionFlags, exampleText, type JsonFlag } from '../flags.js';
import { createOutput } from '../output.js';
import { ROLLOUT_JSON_SHAPE } from '../rollout-json.js';
import { addBoundsFlags, type BoundsFlags } from './bounds-flags.js';

export interface RunFlags extends ConnectionFlags, JsonFlag, BoundsFlags {
  readonly yes?: boolean;
  readonly plan?: string;
  readonly workflowId?: string;
  readonly config?: string;
  readonly stateDir?: string;
  readonly keep?: boolean;
  /** True without an ID. */
  readonly resume?: string | true;
}

const BELOW = `
Without a Temporal server (TEMPORAL_ADDRESS, a profile or --address) it starts
one on this machine, with a database in the state folder: the rollout survives a
crash or a reboot, and goes on only while this command runs. Commands in a second
terminal find that server by themselves: imds-rollout status, pause, abort.

Environment:
  IMDS_ROLLOUT_STATE           the state folder, as --state-dir
  IMDS_ROLLOUT_NOTIFY_WEBHOOK  an http(s) address that notifications are posted to
`;

export function addRun(program: Command, setExitCode: SetExitCode): void {
  const command = program
    .command('run')
    .summary('all in one: server, worker, plan, start and watch')
    .description('carry a rollout out on this machine, with your AWS credentials: server, worker, plan, start, watch')
    .argument('[spec]', 'YAML or JSON file; - for standard input (then --yes is needed)')
    .option('-y, --yes', 'do not ask')
    .option('--resume [id]', 'go on with the rollout that is open, after Ctrl-C, a crash or a reboot')
    .option('--keep', 'leave server and worker up at the end, until Ctrl-C; alone, for what has ended')
    .option('--plan <file>', 'carry this plan out, and no other: what plan -o has kept')
    .option('--config <file>', "a worker's configuration: roles of other accounts, pacing, probes, journal")
    .option('--state-dir <folder>', 'where the database and the undo files are (default: your data folder)')
    .option('--workflow-id <id>', 'workflow ID (default: imds-rollout-<name of the spec>)');
  addConnectionFlags(addJsonFlag(addBoundsFlags(command)), 'or one of its own')
    .addHelpText(
      'after',
      exampleText(
        [
          'AWS_PROFILE=prod imds-rollout run rollout.yaml',
          'imds-rollout run rollout.yaml --until canary',
          'imds-rollout run --resume',
          'imds-rollout run --keep      # then, in a second terminal: rollback ID',
        ],
        ROLLOUT_JSON_SHAPE,
      ) + BELOW,
    )
    .action(async (path: string | undefined, flags: RunFlags) => {
      const output = createOutput(flags);
      requireOneTask(path, flags);
      const { requireSpec } = await import('../require-spec.js');
      const file = path === undefined ? undefined : await requireSpec(path);
      if (file !== undefined && !flags.yes && (!output.canAsk || path === '-')) {
        throw new CliError(
          'BadInput',
          'There is no terminal to ask on, so nothing was started. Look at `imds-rollout plan`, then add --yes.',
        );
      }
      const { runRollout } = await import('../run-rollout.js');
      setExitCode(await runRollout(file, flags, output));
    });
}

function requireOneTask(path: string | undefined, { resume, keep, json, ...flags }: RunFlags): void {
  const ofAStart = (['plan', 'only', 'limit', 'until', 'workflowId'] as const).some(
    (name) => flags[name] !== undefined,
  );
  if (resume !== undefined && (path !== undefined || ofAStart)) {
    const id = path === undefined || resume === true ? '' : ' (an ID stands right after --resume)';
    throw new CliError(
      'BadInput',
      `--resume goes on with a rollout as it was started${id}: leave out the spec, and what chooses a part of it.`,
    );
  }
  if (path !== undefined || resume !== undefined) return;
  if (!keep) throw new CliError('BadInput', 'Name a spec, or --resume to go on with the rollout that is open.');
  if (json || ofAStart) throw new CliError('BadInput', '--keep alone starts no rollout: name a spec, or --resume.');
}
