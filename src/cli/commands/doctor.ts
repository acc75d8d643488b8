import type { Command } from 'commander';
import { addConnectionFlags, addJsonFlag, type ConnectionFlags, exampleText, type JsonFlag } from '../flags.js';
import type { SetExitCode } from '../program.js';
import { parseRegions } from './audit.js';

export interface DoctorFlags extends ConnectionFlags, JsonFlag {
  readonly regions?: readonly string[];
  readonly taskQueue?: string;
}

const JSON_SHAPE = '{ "findings": [{ "check", "state": "ok" | "warning" | "failure", "what", "remedy" }] }';

export function addDoctor(program: Command, setExitCode: SetExitCode): void {
  const command = program
    .command('doctor')
    .summary('look for what would keep a rollout from working')
    .description(
      'look for what would keep a rollout from working: AWS credentials and permissions, the Temporal server, the worker; writes nothing',
    )
    .argument('[spec]', 'look at the regions of this spec')
    .option('--regions <names>', 'us-east-1,eu-west-1 (default: those of the spec, or AWS_REGION)', parseRegions)
    .option('--task-queue <name>', 'task queue of the worker (default: lightsail-imds-rollout)');
  addConnectionFlags(addJsonFlag(command))
    .addHelpText(
      'after',
      exampleText(['imds-rollout doctor rollout.yaml', 'imds-rollout doctor --regions us-east-1'], JSON_SHAPE),
    )
    .action(async (path: string | undefined, flags: DoctorFlags) => {
      const { examine } = await import('../doctor.js');
      setExitCode(await examine(path, flags));
    });
}
