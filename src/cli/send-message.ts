import type { Message, MessageAnswer, RolloutHandle, RolloutStatus } from '../client/index.js';
import { ask, whereAsked } from './ask.js';
import { CliError } from './errors.js';
import { silenceError } from './failing-task.js';
import { type FoundRollout, findRollout, type RunKind } from './find-rollout.js';
import type { ConnectionFlags, JsonFlag } from './flags.js';
import type { MessageJson } from './json/status.js';
import { nextCommand } from './next-command.js';
import { sayDone } from './operator-messages.js';
import { operatorName } from './operator-name.js';
import { createOutput, type Output, type Screen } from './output.js';
import type { Announcement } from './render/announcement.js';
import { renderStatus } from './render/status.js';
import { type Session, withSession } from './temporal.js';
import { isUnanswered } from './temporal-errors.js';
import { requireWorker } from './workers.js';

/** What is said beside, where the run takes no more Updates. */
const SENT_AS_SIGNAL =
  'Sent as a signal, since this run takes no more Updates: it was taken, and is in force within moments.';

/** Until a message is in force: what is in flight may have to be told first. */
const MESSAGE_TIMEOUT = 30_000;

/** A person waits for the question. */
const STATUS_TIMEOUT = 8_000;

export interface MessageFlags extends ConnectionFlags, JsonFlag {
  readonly by?: string;
  readonly reason?: string;
  readonly yes?: boolean;
}

/** An operator's message: its name, what is said once it is in force, and how it is sent. */
export interface OperatorCommand {
  readonly name: string;
  readonly done: string | ((kind: RunKind) => string);
  readonly send: (handle: RolloutHandle, message: Message) => Promise<MessageAnswer>;
  /** What is shown, and on a terminal asked, before a message is sent that another one can't undo. */
  readonly announce?: (about: Announced) => Promise<Announcement>;
  /** What it announces is shown also where nobody is asked. */
  readonly isAlwaysAnnounced?: boolean;
}

/** What an announcement may be about. */
interface Announced {
  readonly handle: RolloutHandle;
  readonly kind: RunKind;
  readonly screen: Screen;
  /** Undefined where nobody answers. */
  readonly askStatus: () => Promise<RolloutStatus | undefined>;
}

/** Sends a message to a rollout, and prints how it stands then. */
export async function sendMessage(
  id: string | undefined,
  flags: MessageFlags,
  command: OperatorCommand,
): Promise<void> {
  const output = createOutput(flags);
  const { name } = command;
  const message = signedMessage(flags);
  await withSession(flags, async (session) => {
    const rollout = await findRollout(session, id);
    const { workflowId, isOpen, kind, taskQueue } = rollout;
    if (!isOpen) {
      throw new CliError(
        'MessageRefused',
        `${kind === 'rollback' ? 'Rollback' : 'Rollout'} ${workflowId} has ended: there is nothing left to ${name}.`,
      );
    }
    await requireWorker(session, taskQueue, `No ${name} was sent.`, output.note);
    await announce(session, rollout, command, flags, output);
    const { sentAs, ...status } = await deliver(session, rollout, command, message);
    const json: MessageJson = { workflowId, message: name, ...message, ...(sentAs && { sentAs }), status };
    output.result(json);
    if (output.json) return;
    const next = nextCommand(status, workflowId, flags, kind);
    const said = `${output.paint.green('✔')} ${sayDone(command, kind)}`;
    output.print(
      said,
      ...(sentAs === undefined ? [] : [SENT_AS_SIGNAL]),
      '',
      ...renderStatus(output, status, Date.now(), kind),
    );
    output.print('', `${next.why}:`, `  ${next.command}`);
  });
}

/** Says what is about to happen, and asks where that is final and there is somebody to ask. */
async function announce(
  session: Session,
  { handle, kind }: FoundRollout,
  command: OperatorCommand,
  { yes }: MessageFlags,
  output: Output,
): Promise<void> {
  const mayAsk = output.canAsk && !yes;
  const { announce: announceIt, isAlwaysAnnounced = false } = command;
  if (announceIt === undefined || !(mayAsk || isAlwaysAnnounced)) return;
  const askStatus = () =>
    session
      .within(STATUS_TIMEOUT, () => handle.status())
      .catch((error: unknown) => {
        if (isUnanswered(error)) return undefined;
        throw error;
      });
  const about = { handle, kind, screen: output, askStatus };
  const { lines, question } = await session.within(MESSAGE_TIMEOUT, () => announceIt(about));
  output.print(...lines);
  if (mayAsk && question !== undefined) {
    await ask(output, `${question} (${whereAsked(session)})?`, `No ${command.name} was sent`);
  }
}

/**
 * Sends a message, and waits until it is in force.
 *
 * An Update waits for ever where no worker polls, and might then be carried out when nobody expects it any more: so
 * the workers are looked for first.
 *
 * @throws CliError `NoWorker` or `WorkflowTaskFailing`; MessageRefusedError
 */
export async function deliver(
  session: Session,
  { handle, workflowId, taskQueue }: Pick<FoundRollout, 'handle' | 'workflowId' | 'taskQueue'>,
  { name, send }: Pick<OperatorCommand, 'name' | 'send'>,
  message: Message,
): Promise<MessageAnswer> {
  const pollers = await requireWorker(session, taskQueue, `No ${name} was sent.`);
  try {
    return await session.within(MESSAGE_TIMEOUT, () => send(handle, message));
  } catch (error) {
    if (!isUnanswered(error)) throw error;
    const consequence = `The ${name} may still be taken later: see status.`;
    throw await silenceError(session, { workflowId, taskQueue }, pollers, consequence);
  }
}

/** A message with its sender's name, and the reason where one is given. */
export function signedMessage({ by, reason }: Pick<MessageFlags, 'by' | 'reason'>): Message & { readonly by: string } {
  return { by: by ?? operatorName(), ...(reason !== undefined && { reason }) };
}
