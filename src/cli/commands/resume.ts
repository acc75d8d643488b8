import type { Command } from 'commander';
import { exampleText } from '../flags.js';
import type { MessageFlags } from '../send-message.js';
import { addMessageFlags, MESSAGE_JSON_SHAPE } from './message-flags.js';

export function addResume(program: Command): void {
  const command = program.command('resume').summary('end a pause').description('end a pause');
  addMessageFlags(command)
    .addHelpText('after', exampleText(['imds-rollout resume'], MESSAGE_JSON_SHAPE))
    .action(async (id: string | undefined, flags: MessageFlags) => {
      const { sendMessage } = await import('../send-message.js');
      await sendMessage(id, flags, {
        name: 'resume',
        done: 'Resumed.',
        send: (handle, message) => handle.resume(message),
      });
    });
}
