import type { Command } from 'commander';
import type { ApproveMessage, RolloutHandle, RolloutStatus } from '../../client/index.js';
import type { MessageFlags } from '../send-message.js';
import { addMessageFlags, sendsMessage } from './message-flags.js';

interface AnswerFlags extends MessageFlags {
  readonly stage?: string;
  readonly planHash?: string;
}

interface Answer {
  readonly name: string;
  readonly done: string;
  readonly send: (handle: RolloutHandle, message: ApproveMessage) => Promise<RolloutStatus>;
}

/** What `approve` and `reject` have in common: they may name the stage and the plan that they mean. */
export function addAnswer(command: Command, { name, done, send }: Answer): void {
  addMessageFlags(command)
    .option('--stage <name>', 'only if this stage is the one that waits')
    .option('--plan-hash <hash>', 'only if this is the plan that runs');
  sendsMessage<AnswerFlags>(command, ({ stage, planHash }) => {
    const meant = { ...(stage !== undefined && { stage }), ...(planHash !== undefined && { planHash }) };
    return { name, done, send: (handle, message) => send(handle, { ...message, ...meant }) };
  });
}
