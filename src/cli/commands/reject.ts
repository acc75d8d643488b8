import type { Command } from 'commander';
import { exampleText } from '../flags.js';
import { reject } from '../operator-messages.js';
import { addAnswer } from './answer.js';
import { addYesFlag, MESSAGE_JSON_SHAPE } from './message-flags.js';

export function addReject(program: Command): void {
  const command = program
    .command('reject')
    .summary('halt a rollout that waits for an approval')
    .description('halt a rollout that waits for an approval; what was changed stays (abort --rollback takes it back)')
    .addHelpText('after', exampleText(['imds-rollout reject --reason "canary looks bad"'], MESSAGE_JSON_SHAPE));
  addAnswer(addYesFlag(command), reject);
}
