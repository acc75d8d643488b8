import type { Command } from 'commander';
import { exampleText } from '../flags.js';
import { approve } from '../operator-messages.js';
import { addAnswer } from './answer.js';
import { MESSAGE_JSON_SHAPE } from './message-flags.js';

export function addApprove(program: Command): void {
  const command = program
    .command('approve')
    .summary('let a rollout go on that waits for an approval')
    .description('let a rollout go on that waits for an approval')
    .addHelpText('after', exampleText(['imds-rollout approve --reason "canary looks well"'], MESSAGE_JSON_SHAPE));
  addAnswer(command, approve);
}
