import type { Command } from 'commander';
import type { Meant } from '../operator-messages.js';
import type { MessageFlags, OperatorCommand } from '../send-message.js';
import { addMessageFlags, sendsMessage } from './message-flags.js';

interface AnswerFlags extends MessageFlags, Meant {}

/** What `approve` and `reject` have in common: they may name the stage and the plan that they mean. */
export function addAnswer(command: Command, answer: (meant: Meant) => OperatorCommand): void {
  addMessageFlags(command)
    .option('--stage <name>', 'only if this stage is the one that waits')
    .option('--plan-hash <hash>', 'only if this is the plan that runs');
  sendsMessage<AnswerFlags>(command, answer);
}
