import { type WorkflowExecutionDescription, WorkflowNotFoundError } from '@temporalio/client';
import { defaultWorkflowId, type RolloutHandle } from '../client/index.js';
import { CliError } from './errors.js';
import { commandLine } from './next-command.js';
import type { Session } from './temporal.js';

/** A rollback is watched and aborted as a rollout is. */
export type RunKind = 'rollout' | 'rollback';

const KINDS: ReadonlyMap<string, RunKind> = new Map([
  ['imdsRollout', 'rollout'],
  ['imdsRollback', 'rollback'],
]);
/** The workflow types of both. */
export const KIND_TYPES: readonly string[] = [...KINDS.keys()];

/** @returns undefined where a workflow of that type is neither */
export function kindOf(workflowType: string): RunKind | undefined {
  return KINDS.get(workflowType);
}

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
  readonly kind: RunKind;
}

/**
 * The rollout or rollback of a workflow ID, or the rollout of a spec's name, or the run that a schedule of that ID or name
 * has started last; without an ID, the only one that is open.
 *
 * @param runId - an older run of that ID
 * @throws CliError `RolloutNotFound`, or `BadInput` where several are open or the ID is of something else
 */
export async function findRollout(session: Session, id: string | undefined, runId?: string): Promise<FoundRollout> {
  const { workflowId, info } = await lookUp(session, id, runId);
  const kind = kindOf(info.type);
  if (kind === undefined) {
    throw new CliError('BadInput', `${workflowId} is a workflow of type ${info.type}, not a rollout.`);
  }
  return {
    handle: session.rollouts.handle(workflowId, info.runId),
    workflowId,
    runId: info.runId,
    taskQueue: info.taskQueue,
    isOpen: info.status.name === 'RUNNING',
    kind,
  };
}

/**
 * What a report can be about: a rollout or a rollback as {@link findRollout} finds it, or a plan that a worker has made.
 *
 * @throws CliError `RolloutNotFound`, or `BadInput` where it is something else
 */
export async function findReported(
  session: Session,
  id: string | undefined,
  runId?: string,
): Promise<Pick<FoundRollout, 'workflowId' | 'runId'>> {
  const { workflowId, info } = await lookUp(session, id, runId);
  if (kindOf(info.type) !== undefined || info.type === PLAN_TYPE) return { workflowId, runId: info.runId };
  throw new CliError(
    'BadInput',
    `${workflowId} is a workflow of type ${info.type}: a report is about a rollout, a rollback or a plan.`,
  );
}

const PLAN_TYPE = 'imdsPlan';

interface LookedUp {
  readonly workflowId: string;
  readonly info: WorkflowExecutionDescription;
}

async function lookUp(session: Session, id: string | undefined, runId?: string): Promise<LookedUp> {
  if (id === undefined) return describe(session, await onlyOpenRollout(session));
  try {
    return await describe(session, id, runId);
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
  }
  try {
    return await describe(session, defaultWorkflowId(id), runId);
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
    const scheduled = runId === undefined ? await findScheduledRun(session, id) : undefined;
    if (scheduled !== undefined) return describe(session, scheduled.workflowId, scheduled.runId);
    const what = runId === undefined ? `rollout ${id}` : `run ${runId} of a rollout ${id}`;
    throw new CliError(
      'RolloutNotFound',
      `There is no ${what} in namespace ${session.namespace} at ${session.address}. To see those there are: ${commandLine('list', '', session.flags)}`,
      { cause: error },
    );
  }
}

/** The run of a schedule that was started last. */
async function findScheduledRun(
  session: Session,
  id: string,
): Promise<{ workflowId: string; runId: string } | undefined> {
  const { lookForSchedule } = await import('./schedule/find-schedule.js');
  const schedule = await lookForSchedule(session, id);
  const workflow = schedule?.description.info.recentActions.at(-1)?.action.workflow;
  return workflow && { workflowId: workflow.workflowId, runId: workflow.firstExecutionRunId };
}

async function describe(session: Session, workflowId: string, wantedRun?: string): Promise<LookedUp> {
  const workflow = session.client.workflow.getHandle(workflowId, wantedRun);
  return { workflowId, info: await session.within(ANSWER_TIMEOUT, () => workflow.describe()) };
}

async function onlyOpenRollout(session: Session): Promise<string> {
  const rollouts = await listOpen(session, 'imdsRollout');
  const open = rollouts.length > 0 ? rollouts : await listOpen(session, 'imdsRollback');
  const [only] = open;
  if (only === undefined) {
    throw new CliError(
      'RolloutNotFound',
      `No rollout is open in namespace ${session.namespace} at ${session.address}. Give the ID of one that has ended, of those that this shows: ${commandLine('list', '', session.flags)}`,
    );
  }
  if (open.length > 1) {
    throw new CliError(
      'BadInput',
      `Several ${rollouts.length > 0 ? 'rollouts' : 'rollbacks'} are open, name one of them:\n  ${open.join('\n  ')}`,
    );
  }
  return only;
}

/** Workflow IDs of the open ones of a type, on one task queue where it is given. */
export async function listOpen(session: Session, workflowType: string, taskQueue?: string): Promise<string[]> {
  const onQueue = taskQueue === undefined ? '' : ` AND TaskQueue = ${JSON.stringify(taskQueue)}`;
  const query = `WorkflowType = "${workflowType}" AND ExecutionStatus = "Running"${onQueue}`;
  return session.within(ANSWER_TIMEOUT, async () => {
    const ids: string[] = [];
    for await (const { workflowId } of session.lister.workflow.list({ query, pageSize: MAX_LISTED })) {
      ids.push(workflowId);
      if (ids.length === MAX_LISTED) break;
    }
    return ids;
  });
}
