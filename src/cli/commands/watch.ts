import type { Command } from 'commander';
import type { SetExitCode } from '../exit-codes.js';
import { addConnectionFlags, addJsonFlag, type ConnectionFlags, exampleText, type JsonFlag } from '../flags.js';
import { createOutput } from '../output.js';
import { ROLLOUT_JSON_SHAPE } from '../rollout-json.js';

const KEYS_HELP = `
Keys, on a terminal; each asks first, and takes a reason:
  p  pause: no new change starts           r  resume
  a  approve the stage that waits          s  skip the rest of the bake
  x  abort: halt, or roll back             q  leave; the rollout goes on
They send what the commands of the same names send. Of a rollback only x and q.`;

export function addWatch(program: Command, setExitCode: SetExitCode): void {
  const command = program
    .command('watch')
    .summary('show a rollout until it ends')
    .description('show a rollout until it ends; q or Ctrl-C leaves it running (exit 130)')
    .argument('[id]', 'workflow ID, or name of the spec; may be left out where exactly one rollout is open');
  addConnectionFlags(addJsonFlag(command))
    .addHelpText('after', KEYS_HELP)
    .addHelpText('after', exampleText(['imds-rollout watch', 'imds-rollout watch prod-imdsv2'], ROLLOUT_JSON_SHAPE))
    .action(async (id: string | undefined, flags: ConnectionFlags & JsonFlag) => {
      const output = createOutput(flags);
      const { withSession } = await import('../temporal.js');
      const { findRollout } = await import('../find-rollout.js');
      const { watchToEnd } = await import('../watch-to-end.js');
      setExitCode(
        await withSession(flags, async (session) => watchToEnd(session, await findRollout(session, id), output, flags)),
      );
    });
}
