import type { Command } from 'commander';
import type { SetExitCode } from '../exit-codes.js';
import {
  addConfigFlag,
  addConnectionFlags,
  addJsonFlag,
  type ConfigFlag,
  type ConnectionFlags,
  exampleText,
  type JsonFlag,
} from '../flags.js';
import { addReachFlags, type ReachFlags } from './reach-flags.js';

export interface DoctorFlags extends ConnectionFlags, ConfigFlag, JsonFlag, ReachFlags {
  readonly taskQueue?: string;
  readonly liveTest?: string;
  readonly yes?: boolean;
}

const JSON_SHAPE = '{ "findings": [{ "check", "state": "ok" | "warning" | "failure", "what", "remedy" }] }';

export function addDoctor(program: Command, setExitCode: SetExitCode): void {
  const command = addReachFlags(program.command('doctor'))
    .summary('look for what would keep a rollout from working')
    .description(
      'look for what would keep a rollout from working: AWS credentials and permissions, the Temporal server, the worker; writes nothing but for --live-test',
    )
    .argument('[spec]', 'look at the regions of this spec')
    .option('--task-queue <name>', 'task queue of the worker (default: lightsail-imds-rollout)')
    .option(
      '--live-test <name>',
      'try on this instance of yours what is only known from documents; changes it and restores it',
    )
    .option('-y, --yes', 'do not ask before the live test');
  addConnectionFlags(addConfigFlag(addJsonFlag(command)))
    .addHelpText(
      'after',
      exampleText(
        [
          'imds-rollout doctor rollout.yaml',
          'imds-rollout doctor --regions us-east-1',
          'imds-rollout doctor --regions us-east-1 --live-test scratch-1',
        ],
        JSON_SHAPE,
      ),
    )
    .action(async (path: string | undefined, flags: DoctorFlags) => {
      const { examine } = await import('../doctor/examine.js');
      setExitCode(await examine(path, flags));
    });
}
