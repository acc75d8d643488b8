import type { Command } from 'commander';
import { addConnectionFlags, addJsonFlag } from '../flags.js';
import type { MessageFlags, OperatorCommand } from '../send-message.js';

export const MESSAGE_JSON_SHAPE = '{ "workflowId", "message", "by", "reason", "status": as in status --json }';

/** What all messages to a rollout have in common. */
export function addMessageFlags(command: Command): Command {
  command
    .argument('[id]', 'workflow ID, or name of the spec; may be left out where exactly one rollout is open')
    .option('--by <who>', 'who sends it (default: user@host)')
    .option('--reason <text>', 'why; it is kept in the history and shown');
  return addConnectionFlags(addJsonFlag(command));
}

/** Of a message after which there is no way on: it asks on a terminal. */
export function addYesFlag(command: Command): Command {
  return command.option('-y, --yes', 'do not ask; without a terminal nobody is asked');
}

/** Sends the message when the command is given, with what its flags say. */
export function sendsMessage<Flags extends MessageFlags>(
  command: Command,
  describe: (flags: Flags) => OperatorCommand,
): void {
  command.action(async (id: string | undefined, flags: Flags) => {
    const { sendMessage } = await import('../send-message.js');
    await sendMessage(id, flags, describe(flags));
  });
}
