import type { Command } from 'commander';
import { exampleText } from '../flags.js';
import type { MessageFlags } from '../send-message.js';
import { addMessageFlags, MESSAGE_JSON_SHAPE } from './message-flags.js';

interface ApproveFlags extends MessageFlags {
  readonly stage?: string;
  readonly planHash?: string;
}

export function addApprove(program: Command): void {
  const command = program
    .command('approve')
    .summary('let a rollout go on that waits for an approval')
    .description('let a rollout go on that waits for an approval');
  addMessageFlags(command)
    .option('--stage <name>', 'only if this stage is the one that waits')
    .option('--plan-hash <hash>', 'only if this is the plan that runs')
    .addHelpText('after', exampleText(['imds-rollout approve --reason "canary looks well"'], MESSAGE_JSON_SHAPE))
    .action(async (id: string | undefined, flags: ApproveFlags) => {
      const { sendMessage } = await import('../send-message.js');
      const { stage, planHash } = flags;
      await sendMessage(id, flags, {
        name: 'approve',
        done: 'Approved.',
        send: (handle, message) =>
          handle.approve({
            ...message,
            ...(stage !== undefined && { stage }),
            ...(planHash !== undefined && { planHash }),
          }),
      });
    });
}
