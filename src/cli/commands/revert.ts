import type { Command } from 'commander';
import { CliError } from '../errors.js';
import { exampleText } from '../flags.js';
import type { MessageFlags } from '../send-message.js';
import { addMessageFlags, addYesFlag, MESSAGE_JSON_SHAPE, sendsMessage } from './message-flags.js';

interface RevertFlags extends MessageFlags {
  readonly target?: readonly string[];
  readonly count?: boolean;
}

export function addRevert(program: Command): void {
  const command = program
    .command('revert')
    .summary('take single instances back while the rollout goes on')
    .description(
      'take changed instances back to their options before, while the rollout goes on; shows them first, and what becomes of the failure budget',
    );
  addMessageFlags(addYesFlag(command))
    .option('--target <target...>', 'name, region/name or ARN; several may follow')
    .option('--count', 'count each as a failure, which may use up the failure budget')
    .addHelpText(
      'after',
      exampleText(
        [
          'imds-rollout revert --target web-7 --reason "agent lost its credentials"',
          'imds-rollout revert prod-imdsv2 --count --target us-east-1/web-7 eu-west-1/api-2',
        ],
        MESSAGE_JSON_SHAPE,
      ),
    );
  sendsMessage<RevertFlags>(command, ({ target = [], count }) => {
    if (target.length === 0) {
      throw new CliError('BadInput', 'Name what to take back: --target web-7 (name, region/name or ARN).');
    }
    const isArn = (text: string) => text.startsWith('arn:');
    const names = target.filter((text) => !isArn(text));
    const arns = target.filter(isArn);
    const chosen = {
      ...(names.length > 0 && { names }),
      ...(arns.length > 0 && { arns }),
      ...(count && { count }),
    };
    return {
      name: 'revert',
      done: `On the way back: ${target.join(', ')}.`,
      announce: async ({ handle, screen }) =>
        (await import('../render/announcement.js')).announceRevert(handle, chosen, screen),
      isAlwaysAnnounced: true,
      send: (handle, message) => handle.revert({ ...message, ...chosen }),
    };
  });
}
