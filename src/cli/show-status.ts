import type { RolloutStatus } from '../client/index.js';
import { EXIT, exitCodeOfOutcome } from './exit-codes.js';
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
import { awaitWorker, findPollers, NoWorkerError } from './workers.js';

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
  const json: StatusJson = {
    workflowId,
    runId,
    taskQueue,
    open: isOpen,
    status: status ?? null,
    ...(outcome !== undefined && { outcome }),
  };
  output.result(json);
  if (!output.json) {
    output.print(output.paint.dim(`${workflowId} (run ${runId})`));
    if (status !== undefined) printStatus(output, status, rollout);
    if (outcome !== undefined) output.print('', ...renderOutcome(output, outcome));
    const next =
      outcome === undefined
        ? status && nextCommand(status, workflowId, flags, kind)
        : nextAfterEnd(outcome, workflowId, flags, kind);
    if (next !== undefined) output.print('', `${next.why}:`, `  ${next.command}`);
  }
  return outcome === undefined ? EXIT.done : exitCodeOfOutcome(outcome);
}

/** @throws NoWorkerError for an open rollout; of one that has ended nothing is needed of a worker. */
async function readStatus(session: Session, rollout: FoundRollout, output: Output): Promise<RolloutStatus | undefined> {
  const { handle, isOpen, taskQueue, kind } = rollout;
  const pollers = isOpen ? await awaitWorker(session, taskQueue, output.note) : await findPollers(session, taskQueue);
  const noWorker = () =>
    new NoWorkerError(session, taskQueue, pollers, `The ${kind} is open, and goes on as soon as a worker polls.`);
  if (pollers.live === 0) {
    if (isOpen) throw noWorker();
    return undefined;
  }
  try {
    return await session.within(ANSWER_TIMEOUT, () => handle.status());
  } catch (error) {
    if (!isUnanswered(error)) throw error;
    if (isOpen) throw noWorker();
    return undefined;
  }
}

function printStatus(output: Output, status: RolloutStatus, { isOpen, kind }: FoundRollout): void {
  output.print(...renderStatus(output, status, Date.now(), kind));
  if (isOpen) output.print(...renderWarnings(output, status.warnings ?? []));
  output.print('', ...status.log.map((entry) => output.paint.dim(`  ${logLine(entry)}`)));
}
