import type { Command } from 'commander';
import { exampleText } from '../flags.js';
import { abort } from '../operator-messages.js';
import type { MessageFlags } from '../send-message.js';
import { addMessageFlags, addYesFlag, MESSAGE_JSON_SHAPE, sendsMessage } from './message-flags.js';

interface AbortFlags extends MessageFlags {
  readonly rollback?: boolean;
}

export function addAbort(program: Command): void {
  const command = program
    .command('abort')
    .summary('end a rollout for good, with or without a way back')
    .description(
      'end a rollout or a rollback for good; leaves what was changed as it is, or takes it back with --rollback',
    );
  addMessageFlags(addYesFlag(command))
    .option('--rollback', 'take back what this rollout has changed')
    .addHelpText(
      'after',
      exampleText(['imds-rollout abort --rollback --reason "agents lost credentials"'], MESSAGE_JSON_SHAPE),
    );
  sendsMessage<AbortFlags>(command, ({ rollback }) => abort(rollback ? 'rollback' : 'halt'));
}
