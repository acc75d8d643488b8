import type { Command } from 'commander';
import { exampleText } from '../flags.js';
import { RESUME } from '../operator-messages.js';
import { addMessageFlags, MESSAGE_JSON_SHAPE, sendsMessage } from './message-flags.js';

export function addResume(program: Command): void {
  const command = program.command('resume').summary('end a pause').description('end a pause');
  addMessageFlags(command).addHelpText('after', exampleText(['imds-rollout resume'], MESSAGE_JSON_SHAPE));
  sendsMessage(command, () => RESUME);
}
