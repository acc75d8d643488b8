import { cleanLine } from '../rollout/clean.js';
import { cutReason } from '../rollout/outcome.js';
import { countOf } from '../rollout/status.js';
import { CliError } from './errors.js';
import type { FoundRollout } from './find-rollout.js';
import type { Session } from './temporal.js';
import { describeNoWorker, type Pollers } from './workers.js';

/** Open workflows that a rollout has started, of which so many are examined: a batch and the leases of most rollouts. */
const MAX_CHILDREN = 50;

/** The last events of a history, where a failure stands if the task that is tried has failed. */
const LAST_EVENTS = 50;

const ANSWER_TIMEOUT = 10_000;

/** A workflow task that its worker has failed, and that the server has it try again without end. */
export interface FailingTask {
  readonly workflowId: string;
  readonly workflowType: string;
  readonly attempt: number;
  readonly message: string;
}

/** The task of an open rollout, or of a workflow that it has started and waits for, that keeps failing. */
export async function findFailingTask(session: Session, workflowId: string): Promise<FailingTask | undefined> {
  const { own, children } = await session.within(ANSWER_TIMEOUT, () => examine(session, workflowId));
  if (own !== undefined) return own;
  for (const child of children.slice(0, MAX_CHILDREN)) {
    const found = await session.within(ANSWER_TIMEOUT, () => examine(session, child));
    if (found.own !== undefined) return found.own;
  }
  return undefined;
}

/** What keeps failing, and what to do. */
export function describeFailingTask({ workflowId, workflowType, attempt, message }: FailingTask): string {
  return [
    `The workflow task of ${workflowType} ${workflowId} keeps failing (${countOf(attempt, 'attempt')}): ${message}`,
    remedyOf(message),
  ].join('\n');
}

/** Why an open rollout doesn't answer, and what to do: its workflow task keeps failing, or no worker takes it. */
export async function explainSilence(
  session: Session,
  { workflowId, taskQueue }: Pick<FoundRollout, 'workflowId' | 'taskQueue'>,
  pollers: Pollers,
): Promise<{ readonly type: 'NoWorker' | 'WorkflowTaskFailing'; readonly why: string }> {
  const failing = pollers.live > 0 ? await findFailingTask(session, workflowId) : undefined;
  return failing === undefined
    ? { type: 'NoWorker', why: describeNoWorker(session, taskQueue, pollers) }
    : { type: 'WorkflowTaskFailing', why: describeFailingTask(failing) };
}

/** The same as an error. @param consequence - what wasn't done, or what follows, as a sentence */
export async function silenceError(
  session: Session,
  rollout: Pick<FoundRollout, 'workflowId' | 'taskQueue'>,
  pollers: Pollers,
  consequence: string,
): Promise<CliError> {
  const { type, why } = await explainSilence(session, rollout, pollers);
  return new CliError(type, `${why}\n${consequence}`);
}

/** Words of the SDK, where it finds no function of a workflow's type. */
const NO_SUCH_TYPE = /no such function is exported by the workflow bundle/;

export function remedyOf(message: string): string {
  return NO_SUCH_TYPE.test(message)
    ? "Its workers lack the workflows: re-export them from theirs (export * from 'lightsail-imds-rollout/workflows'), and start them again."
    : 'It goes on once a worker can carry it out: see the log of its workers, and run the version that it was started with.';
}

async function examine({ client, namespace }: Session, workflowId: string) {
  const execution = { workflowId };
  const { pendingWorkflowTask, pendingChildren, workflowExecutionInfo } =
    await client.workflowService.describeWorkflowExecution({ namespace, execution });
  const children = (pendingChildren ?? []).flatMap((child) => child.workflowId ?? []);
  const attempt = pendingWorkflowTask?.attempt ?? 0;
  if (attempt < 2) return { own: undefined, children };
  const { history } = await client.workflowService.getWorkflowExecutionHistoryReverse({
    namespace,
    execution,
    maximumPageSize: LAST_EVENTS,
  });
  // One that has timed out at every attempt has nobody who says why.
  const last = history?.events?.find(
    (event) => event.workflowTaskFailedEventAttributes || event.workflowTaskCompletedEventAttributes,
  );
  const failure = last?.workflowTaskFailedEventAttributes?.failure;
  if (!failure) return { own: undefined, children };
  const workflowType = workflowExecutionInfo?.type?.name ?? '';
  return { own: { workflowId, workflowType, attempt, message: cutReason(cleanLine(failure.message ?? '')) }, children };
}
