import type { RolloutStatus } from '../client/index.js';
import { EXIT, exitCodeOfOutcome } from './exit-codes.js';
import { describeFailingTask, findFailingTask, silenceError } from './failing-task.js';
import { type FoundRollout, findRollout } from './find-rollout.js';
import type { ConnectionFlags } from './flags.js';
import type { StatusJson } from './json/status.js';
import { nextAfterEnd, nextCommand } from './next-command.js';
import type { Output } from './output.js';
import { renderOutcome } from './render/outcome.js';
import { renderWarnings } from './render/plan.js';
import { logLine, renderStatus } from './render/status.js';
import type { Session } from './temporal.js';
import { isUnanswered } from './temporal-errors.js';
import { awaitWorker, findPollers } from './workers.js';

const ANSWER_TIMEOUT = 8_000;

/** Prints how a rollout stands. @returns the exit code */
export async function showStatus(
  session: Session,
  id: string | undefined,
  output: Output,
  flags: ConnectionFlags,
): Promise<number> {
  const rollout = await findRollout(session, id);
  const { handle, workflowId, runId, taskQueue, isOpen, kind } = rollout;
  const outcome = isOpen ? undefined : await session.within(ANSWER_TIMEOUT, () => handle.result());
  // Of one that has ended, the history says all but what a cancelled close leaves out.
  const status = await readStatus(session, rollout, output);
  // A batch whose task fails keeps its rollout waiting, which answers all the same.
  const failing = isOpen ? await findFailingTask(session, workflowId) : undefined;
  const json: StatusJson = {
    workflowId,
    runId,
    taskQueue,
    open: isOpen,
    status: status ?? null,
    ...(failing !== undefined && { failing }),
    ...(outcome !== undefined && { outcome }),
  };
  output.result(json);
  if (!output.json) {
    output.print(output.paint.dim(`${workflowId} (run ${runId})`));
    if (status !== undefined) printStatus(output, status, rollout);
    if (failing !== undefined) output.print('', output.paint.red(describeFailingTask(failing)));
    if (outcome !== undefined) output.print('', ...renderOutcome(output, outcome));
    const next =
      outcome === undefined
        ? status && nextCommand(status, workflowId, flags, kind)
        : nextAfterEnd(outcome, workflowId, flags, kind);
    if (next !== undefined) output.print('', `${next.why}:`, `  ${next.command}`);
  }
  return outcome === undefined ? EXIT.done : exitCodeOfOutcome(outcome);
}

/** @throws CliError `NoWorker` or `WorkflowTaskFailing` for an open rollout; of one that has ended nothing is needed of a worker. */
async function readStatus(session: Session, rollout: FoundRollout, output: Output): Promise<RolloutStatus | undefined> {
  const { handle, isOpen, taskQueue, kind } = rollout;
  const pollers = isOpen ? await awaitWorker(session, taskQueue, output.note) : await findPollers(session, taskQueue);
  const silence = () =>
    silenceError(session, rollout, pollers, `The ${kind} is open, and goes on as soon as a worker carries it out.`);
  if (pollers.live === 0) {
    if (isOpen) throw await silence();
    return undefined;
  }
  try {
    return await session.within(ANSWER_TIMEOUT, () => handle.status());
  } catch (error) {
    if (!isUnanswered(error)) throw error;
    if (isOpen) throw await silence();
    return undefined;
  }
}

function printStatus(output: Output, status: RolloutStatus, { isOpen, kind }: FoundRollout): void {
  output.print(...renderStatus(output, status, Date.now(), kind));
  if (isOpen) output.print(...renderWarnings(output, status.warnings ?? []));
  output.print('', ...status.log.map((entry) => output.paint.dim(`  ${logLine(entry)}`)));
}
