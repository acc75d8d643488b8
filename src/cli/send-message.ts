import type { Message, RolloutHandle, RolloutStatus } from '../client/index.js';
import { CliError } from './errors.js';
import { findRollout, type RunKind } from './find-rollout.js';
import type { ConnectionFlags, JsonFlag } from './flags.js';
import type { MessageJson } from './json/status.js';
import { nextCommand } from './next-command.js';
import { operatorName } from './operator-name.js';
import { createOutput } from './output.js';
import { renderStatus } from './render/status.js';
import { withSession } from './temporal.js';
import { isUnanswered } from './temporal-errors.js';
import { findPollers, NoWorkerError } from './workers.js';

/** Until a message is in force: what is in flight may have to be told first. */
const MESSAGE_TIMEOUT = 30_000;

export interface MessageFlags extends ConnectionFlags, JsonFlag {
  readonly by?: string;
  readonly reason?: string;
}

/** An operator's message: its name, what is said once it is in force, and how it is sent. */
export interface OperatorCommand {
  readonly name: string;
  readonly done: string | ((kind: RunKind) => string);
  readonly send: (handle: RolloutHandle, message: Message) => Promise<RolloutStatus>;
}

/**
 * Sends a message to a rollout, and prints how it stands then.
 *
 * An Update waits for ever where no worker polls, and might then be carried out when nobody expects it any more: so
 * the workers are looked for first.
 */
export async function sendMessage(
  id: string | undefined,
  flags: MessageFlags,
  { name, done, send }: OperatorCommand,
): Promise<void> {
  const output = createOutput(flags);
  const message = {
    by: flags.by ?? operatorName(),
    ...(flags.reason !== undefined && { reason: flags.reason }),
  };
  await withSession(flags, async (session) => {
    const { handle, workflowId, taskQueue, isOpen, kind } = await findRollout(session, id);
    if (!isOpen) {
      throw new CliError(
        'MessageRefused',
        `${kind === 'rollback' ? 'Rollback' : 'Rollout'} ${workflowId} has ended: there is nothing left to ${name}.`,
      );
    }
    const pollers = await findPollers(session, taskQueue);
    if (pollers.live === 0) throw new NoWorkerError(session, taskQueue, pollers, `No ${name} was sent.`);
    const status = await session
      .within(MESSAGE_TIMEOUT, () => send(handle, message))
      .catch((error: unknown) => {
        if (!isUnanswered(error)) throw error;
        throw new NoWorkerError(session, taskQueue, pollers, `The ${name} may still be taken later: see status.`);
      });
    const json: MessageJson = { workflowId, message: name, ...message, status };
    output.result(json);
    if (output.json) return;
    const { why, command } = nextCommand(status, workflowId, flags, kind);
    const said = typeof done === 'string' ? done : done(kind);
    output.print(`${output.paint.green('✔')} ${said}`, '', ...renderStatus(output, status, Date.now(), kind));
    output.print('', `${why}:`, `  ${command}`);
  });
}
