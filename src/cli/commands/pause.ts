import type { Command } from 'commander';
import { exampleText } from '../flags.js';
import { PAUSE } from '../operator-messages.js';
import { addMessageFlags, MESSAGE_JSON_SHAPE, sendsMessage } from './message-flags.js';

export function addPause(program: Command): void {
  const command = program
    .command('pause')
    .summary('let no new change start')
    .description('let no new change start until resumed; what is in flight is finished');
  addMessageFlags(command).addHelpText(
    'after',
    exampleText(['imds-rollout pause --reason "elevated 5xx"'], MESSAGE_JSON_SHAPE),
  );
  sendsMessage(command, () => PAUSE);
}
