import type { WorkflowExecutionInfo } from '@temporalio/client';
import pMap from 'p-map';
import type { RolloutOutcome, RolloutStatus } from '../client/index.js';
import { KIND_TYPES, kindOf } from './find-rollout.js';
import type { ListedRollout, ListedState, ListJson } from './json/list.js';
import type { Session } from './temporal.js';
import { explainTemporalError, isUnanswered, NoServerError } from './temporal-errors.js';
import { findPollers } from './workers.js';

const LIST_TIMEOUT = 10_000;
const ANSWER_TIMEOUT = 5_000;
/** Questions to the server at once. */
const AT_ONCE = 8;

/** Reads the rollouts and rollbacks of a namespace, each with what can be had of it by one call. */
export async function listRollouts(session: Session, isOpenOnly: boolean, limit: number): Promise<ListJson> {
  const types = KIND_TYPES.map((type) => `WorkflowType = "${type}"`).join(' OR ');
  const query = `(${types})${isOpenOnly ? ' AND ExecutionStatus = "Running"' : ''}`;
  const found = await session.within(LIST_TIMEOUT, async () => {
    const infos: WorkflowExecutionInfo[] = [];
    for await (const info of session.client.workflow.list({ query, pageSize: Math.min(limit + 1, 200) })) {
      infos.push(info);
      if (infos.length > limit) break;
    }
    return infos;
  });
  return { rollouts: await describeRollouts(session, newestFirst(found.slice(0, limit))), more: found.length > limit };
}

/** As a list and a description of the server have it. */
type KnownWorkflow = Pick<
  WorkflowExecutionInfo,
  'workflowId' | 'runId' | 'type' | 'taskQueue' | 'startTime' | 'closeTime' | 'memo' | 'status'
>;

/** How each of these stands or has ended, with what can be had of it by one call; in their order. */
export function describeRollouts(session: Session, infos: readonly KnownWorkflow[]): Promise<ListedRollout[]> {
  const questions = new Questions(session);
  return pMap(infos, (info) => describe(questions, info), { concurrency: AT_ONCE });
}

/** What the server returns first is its own affair: with SQL those that are open, then the last ones that ended. */
function newestFirst(infos: readonly WorkflowExecutionInfo[]): WorkflowExecutionInfo[] {
  return infos.toSorted((a, b) => b.startTime.getTime() - a.startTime.getTime());
}

async function describe(questions: Questions, info: KnownWorkflow): Promise<ListedRollout> {
  const { workflowId, runId, taskQueue, startTime, closeTime, memo } = info;
  const isOpen = info.status.name === 'RUNNING';
  const status = isOpen ? await questions.status(info) : undefined;
  const outcome = isOpen ? undefined : await questions.outcome(info);
  const planHash = status?.planHash ?? outcome?.result?.planHash;
  return {
    workflowId,
    runId,
    kind: kindOf(info.type) ?? 'rollout',
    name: textOf(memo?.spec) ?? (status?.name || null),
    planHash: textOf(memo?.planHash) ?? (planHash || null),
    taskQueue,
    state: isOpen ? 'open' : stateOf(info.status.name, outcome),
    ...(isOpen && { answered: status !== undefined }),
    startedAt: startTime.toISOString(),
    endedAt: closeTime?.toISOString() ?? null,
    ...(status !== undefined && {
      phase: status.phase,
      ...(status.stage !== undefined && { stage: status.stage }),
      waiting: status.waiting,
    }),
    ...(outcome?.status === 'failed' && { error: outcome.type }),
    counts: status?.counts ?? outcome?.result?.counts ?? null,
  };
}

/** What is asked for each rollout, and not again where nobody answers. */
class Questions {
  readonly #polled = new Map<string, Promise<boolean>>();
  readonly #silent = new Set<string>();

  constructor(private readonly session: Session) {}

  /** @returns undefined where no worker answers */
  async status({ workflowId, runId, taskQueue }: KnownWorkflow): Promise<RolloutStatus | undefined> {
    if (!(await this.#isPolled(taskQueue)) || this.#silent.has(taskQueue)) return undefined;
    const handle = this.session.rollouts.handle(workflowId, runId);
    return this.#ask(
      () => handle.status(),
      () => this.#silent.add(taskQueue),
    );
  }

  /** @returns undefined where it can't be read */
  outcome({ workflowId, runId }: KnownWorkflow): Promise<RolloutOutcome | undefined> {
    const handle = this.session.rollouts.handle(workflowId, runId);
    return this.#ask(() => handle.result());
  }

  /** One rollout that nothing can be learnt of is no reason to show none of the others. @throws where the server is gone */
  async #ask<T>(question: () => Promise<T>, onSilence: () => void = () => {}): Promise<T | undefined> {
    try {
      return await this.session.within(ANSWER_TIMEOUT, question);
    } catch (error) {
      if (isUnanswered(error)) onSilence();
      else if (explainTemporalError(error, this.session) instanceof NoServerError) throw error;
      return undefined;
    }
  }

  #isPolled(taskQueue: string): Promise<boolean> {
    const known = this.#polled.get(taskQueue);
    if (known !== undefined) return known;
    const asked = this.#ask(() => findPollers(this.session, taskQueue)).then((pollers) => (pollers?.live ?? 0) > 0);
    this.#polled.set(taskQueue, asked);
    return asked;
  }
}

function stateOf(closed: string, outcome: RolloutOutcome | undefined): ListedState {
  if (closed === 'COMPLETED') return outcome?.result?.ended ?? 'completed';
  if (closed === 'TERMINATED') return 'terminated';
  if (closed === 'TIMED_OUT') return 'timed-out';
  if (closed === 'CANCELLED') return 'cancelled';
  return outcome?.result?.ended ?? 'failed';
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
