import { WorkflowNotFoundError } from '@temporalio/client';
import { defaultWorkflowId, type RolloutHandle } from '../client/index.js';
import { CliError } from './errors.js';
import type { Session } from './temporal.js';

const WORKFLOW_TYPE = 'imdsRollout';
const ANSWER_TIMEOUT = 10_000;
/** More open rollouts than anybody wants to read in an error message. */
const MAX_LISTED = 20;

/** A rollout that exists, and where its workers are to be found. */
export interface FoundRollout {
  readonly handle: RolloutHandle;
  readonly workflowId: string;
  readonly runId: string;
  readonly taskQueue: string;
  readonly isOpen: boolean;
}

/**
 * The rollout of a workflow ID or of a spec's name; without one, the only rollout that is open.
 *
 * @throws CliError `RolloutNotFound`, or `BadInput` where several are open or the ID is of something else
 */
export async function findRollout(session: Session, id: string | undefined): Promise<FoundRollout> {
  if (id === undefined) return describe(session, await onlyOpenRollout(session));
  try {
    return await describe(session, id);
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
  }
  try {
    return await describe(session, defaultWorkflowId(id));
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
    throw new CliError(
      'RolloutNotFound',
      `There is no rollout ${id} in namespace ${session.namespace} at ${session.address}. Without an ID, the only open one is taken.`,
      { cause: error },
    );
  }
}

async function describe(session: Session, workflowId: string): Promise<FoundRollout> {
  const info = await session.within(ANSWER_TIMEOUT, () => session.client.workflow.getHandle(workflowId).describe());
  if (info.type !== WORKFLOW_TYPE) {
    throw new CliError('BadInput', `${workflowId} is a workflow of type ${info.type}, not a rollout.`);
  }
  const { runId, taskQueue } = info;
  return {
    handle: session.rollouts.handle(workflowId, runId),
    workflowId,
    runId,
    taskQueue,
    isOpen: info.status.name === 'RUNNING',
  };
}

async function onlyOpenRollout(session: Session): Promise<string> {
  const open = await listOpenRollouts(session);
  const [only] = open;
  if (only === undefined) {
    throw new CliError(
      'RolloutNotFound',
      `No rollout is open in namespace ${session.namespace} at ${session.address}. Give the ID of one that has ended.`,
    );
  }
  if (open.length > 1) {
    throw new CliError('BadInput', `Several rollouts are open, name one of them:\n  ${open.join('\n  ')}`);
  }
  return only;
}

async function listOpenRollouts(session: Session): Promise<string[]> {
  const query = `WorkflowType = "${WORKFLOW_TYPE}" AND ExecutionStatus = "Running"`;
  return session.within(ANSWER_TIMEOUT, async () => {
    const ids: string[] = [];
    for await (const { workflowId } of session.client.workflow.list({ query, pageSize: MAX_LISTED })) {
      ids.push(workflowId);
      if (ids.length === MAX_LISTED) break;
    }
    return ids;
  });
}
