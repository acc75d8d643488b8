import type { Command } from 'commander';
import type { SetExitCode } from '../exit-codes.js';
import { addConnectionFlags, addJsonFlag, type ConnectionFlags, exampleText, type JsonFlag } from '../flags.js';
import { createOutput } from '../output.js';

const JSON_SHAPE = `{ "workflowId", "runId", "taskQueue", "open": true | false,
  "status": { "name", "phase", "stage", "waiting", "counts", "stages", "budget", "evidence", "planHash", "paused", "aborted", "log" } or null,
  "outcome": as in start --json, once it has ended }`;

export function addStatus(program: Command, setExitCode: SetExitCode): void {
  const command = program
    .command('status')
    .summary('show how a rollout stands, and what to do next')
    .description('show how a rollout stands, and the next useful command; once it has ended, the exit code says how')
    .argument('[id]', 'workflow ID, or name of the spec; may be left out where exactly one rollout is open');
  addConnectionFlags(addJsonFlag(command))
    .addHelpText('after', exampleText(['imds-rollout status', 'imds-rollout status prod-imdsv2 --json'], JSON_SHAPE))
    .action(async (id: string | undefined, flags: ConnectionFlags & JsonFlag) => {
      const output = createOutput(flags);
      const { withSession } = await import('../temporal.js');
      const { showStatus } = await import('../show-status.js');
      setExitCode(await withSession(flags, (session) => showStatus(session, id, output, flags)));
    });
}
