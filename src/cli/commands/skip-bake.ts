import type { Command } from 'commander';
import { exampleText } from '../flags.js';
import { SKIP_BAKE } from '../operator-messages.js';
import { addMessageFlags, MESSAGE_JSON_SHAPE, sendsMessage } from './message-flags.js';

export function addSkipBake(program: Command): void {
  const command = program
    .command('skip-bake')
    .summary('end the current bake')
    .description('end the current bake: the next stage may start');
  addMessageFlags(command).addHelpText(
    'after',
    exampleText(['imds-rollout skip-bake --reason "watched it long enough"'], MESSAGE_JSON_SHAPE),
  );
  sendsMessage(command, () => SKIP_BAKE);
}
