import type { Command } from 'commander';
import type { SetExitCode } from '../exit-codes.js';
import { addJsonFlag, exampleText, type JsonFlag } from '../flags.js';
import { createOutput } from '../output.js';

export interface DemoFlags extends JsonFlag {
  readonly keep?: boolean;
}

const JSON_SHAPE = `{ "ok", "seconds", "uiUrl", "problems": [],
  "rollouts": [{ "workflowId", "expected", "ended" }],
  "regions": [{ "region", "instances", "hardened", "leftAlone", "raised", "restored" }] }`;

export function addDemo(program: Command, setExitCode: SetExitCode): void {
  const command = program
    .command('demo')
    .summary('see a rollout and a way back, on this machine')
    .description(
      'see a rollout and a way back on this machine, in under a minute: a simulated fleet, a real Temporal server, its UI',
    )
    .option('--keep', 'leave server, UI and worker up until Ctrl-C');
  addJsonFlag(command)
    .addHelpText('after', exampleText(['imds-rollout demo', 'imds-rollout demo --keep'], JSON_SHAPE))
    .action(async (flags: DemoFlags) => {
      const output = createOutput(flags);
      const { showDemo } = await import('../show-demo.js');
      setExitCode(await showDemo(flags, output));
    });
}
