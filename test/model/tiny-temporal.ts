import type { Payload } from '@temporalio/common';
import { tsToMs } from '@temporalio/common/lib/time.js';
import { Actions } from './actions.js';
import type { ActivityTask, Execution, Letter, Watcher } from './execution.js';
import { type Command, createSandboxed } from './sandbox.js';
import { decode, type End, encode, inOrder, resolveActivity, resolveChild } from './temporal-protocol.js';

/**
 * As much of a Temporal server as our workflows need, in one process and with a clock of its own. Nothing happens by
 * itself: whoever drives it decides which of the things that may happen next does.
 */
export class TinyTemporal {
  now = Date.UTC(2026, 10, 25);
  readonly executions: Execution[] = [];
  readonly tasks: ActivityTask[] = [];
  readonly letters: Letter[] = [];
  #updates = 0;
  #queries = 0;
  readonly #answered = new Set<string>();

  constructor(private readonly watcher: Watcher) {}

  async start(
    type: string,
    workflowId: string,
    args: readonly Payload[],
    parent?: Execution['parent'],
  ): Promise<Execution> {
    const runId = `run-${this.executions.length}-${workflowId}`;
    const by = parent && { workflowId: parent.execution.workflowId, runId: parent.execution.runId };
    const workflow = await createSandboxed({ workflowId, runId, workflowType: type, parent: by }, this.now);
    const first = { workflowId, workflowType: type, arguments: [...args], headers: {} };
    const jobs = [{ initializeWorkflow: first }];
    const execution: Execution = {
      ...{ workflowId, runId, type, args, workflow, parent, jobs },
      timers: new Map(),
      actions: new Actions(),
      end: undefined,
    };
    this.executions.push(execution);
    this.watcher.started(execution);
    return execution;
  }

  /** Workflows that have something to hear. */
  get ready(): Execution[] {
    return this.executions.filter(({ end, jobs }) => end === undefined && jobs.length > 0);
  }

  open(workflowId: string): Execution | undefined {
    return this.executions.find((each) => each.workflowId === workflowId && each.end === undefined);
  }

  get nextTimer(): number | undefined {
    const all = this.executions.flatMap(({ end, timers }) => (end === undefined ? [...timers.values()] : []));
    return all.length === 0 ? undefined : Math.min(...all);
  }

  /** Lets the time pass until the next timer is due. */
  fireTimers(): void {
    this.now = Math.max(this.now, this.nextTimer ?? this.now);
    for (const execution of this.executions) {
      for (const [seq, at] of execution.timers) {
        if (at > this.now) continue;
        execution.timers.delete(seq);
        execution.jobs.push({ fireTimer: { seq } });
      }
    }
  }

  finish(task: ActivityTask, end: End): void {
    this.tasks.splice(this.tasks.indexOf(task), 1);
    task.execution.jobs.push(resolveActivity(task.seq, task.type, end));
  }

  deliver(letter: Letter): void {
    this.letters.splice(this.letters.indexOf(letter), 1);
    const { from, seq, to, name, args } = letter;
    const receiver = this.open(to);
    receiver?.jobs.push({ signalWorkflow: { signalName: name, input: [...args], headers: {} } });
    const failure = receiver === undefined ? { failure: { message: `there is no ${to}` } } : {};
    from.jobs.push({ resolveSignalExternalWorkflow: { seq, ...failure } });
  }

  /** @returns the update's ID, by which its answer is told */
  update(execution: Execution, name: string, input: unknown): string {
    const id = `update-${++this.#updates}`;
    execution.jobs.push({
      doUpdate: {
        id,
        protocolInstanceId: id,
        name,
        input: [encode(input)],
        headers: {},
        runValidator: true,
        meta: { identity: 'ann', updateId: id },
      },
    });
    return id;
  }

  cancel(execution: Execution): void {
    execution.jobs.push({ cancelWorkflow: { reason: 'asked for' } });
  }

  /** From outside, as in the Temporal UI: its activities are heard of no more. */
  terminate(execution: Execution): void {
    const own = this.tasks.filter((task) => task.execution === execution);
    for (const task of own) this.tasks.splice(this.tasks.indexOf(task), 1);
    execution.end = { how: 'failed', type: 'Terminated', message: 'terminated' };
    this.#close(execution, execution.end);
  }

  async query<Reply>(execution: Execution, queryType: string): Promise<Reply | undefined> {
    const queryId = `query-${++this.#queries}`;
    // The SDK reads which kind of job a query is without making a message of it first.
    const job = {
      variant: 'queryWorkflow' as const,
      queryWorkflow: { queryId, queryType, arguments: [], headers: {} },
    };
    const [command] = await execution.workflow.activate([job], this.now);
    return decode<Reply>(command?.respondToQuery?.succeeded?.response);
  }

  /** One workflow task: it hears of all that has happened. */
  async runTask(execution: Execution): Promise<void> {
    const jobs = inOrder(execution.jobs);
    execution.jobs = [];
    for (const command of await execution.workflow.activate(jobs, this.now)) await this.#obey(execution, command);
  }

  async dispose(): Promise<void> {
    for (const { workflow } of this.executions) await workflow.dispose();
  }

  async #obey(execution: Execution, command: Command): Promise<void> {
    execution.actions.take(command);
    const { startTimer, cancelTimer, scheduleActivity, requestCancelActivity, updateResponse } = command;
    if (startTimer) execution.timers.set(startTimer.seq ?? 0, this.now + tsToMs(startTimer.startToFireTimeout));
    if (cancelTimer) execution.timers.delete(cancelTimer.seq ?? 0);
    if (scheduleActivity) {
      const { seq, activityType, arguments: args } = scheduleActivity;
      const isWaiting = Number(scheduleActivity.cancellationType ?? 0) === 1;
      const task = {
        execution,
        seq: seq ?? 0,
        type: activityType ?? '',
        input: args?.[0] ?? undefined,
        cancelRequested: false,
      };
      if (!isWaiting) this.#tryCancel.add(task);
      this.tasks.push(task);
      this.watcher.scheduled(task);
    }
    if (requestCancelActivity) this.#cancelActivity(execution, requestCancelActivity.seq ?? 0);
    if (updateResponse) this.#answer(updateResponse);
    await this.#obeyAboutOthers(execution, command);
    this.#obeyEnd(execution, command);
  }

  readonly #tryCancel = new Set<ActivityTask>();

  #cancelActivity(execution: Execution, seq: number): void {
    const task = this.tasks.find((each) => each.execution === execution && each.seq === seq);
    if (task === undefined) return;
    task.cancelRequested = true;
    this.watcher.cancelRequested(task);
    if (this.#tryCancel.has(task)) this.finish(task, { how: 'cancelled' });
  }

  #answer({ protocolInstanceId, rejected, completed }: NonNullable<Command['updateResponse']>): void {
    const id = protocolInstanceId ?? '';
    if (!rejected && !completed) return;
    this.#answered.add(id);
    const answer = rejected
      ? ({ accepted: false, why: rejected.message ?? '' } as const)
      : ({ accepted: true, status: decode(completed) } as const);
    this.watcher.answered(id, answer);
  }

  isAnswered(update: string): boolean {
    return this.#answered.has(update);
  }

  async #obeyAboutOthers(execution: Execution, command: Command): Promise<void> {
    const { startChildWorkflowExecution: child, signalExternalWorkflowExecution: signal } = command;
    if (child) {
      const [seq, workflowId] = [child.seq ?? 0, child.workflowId ?? ''];
      if (this.open(workflowId) !== undefined) {
        const failed = { workflowId, workflowType: child.workflowType ?? '', cause: 1 };
        execution.jobs.push({ resolveChildWorkflowExecutionStart: { seq, failed } });
        return;
      }
      const started = await this.start(child.workflowType ?? '', workflowId, child.input ?? [], { execution, seq });
      execution.jobs.push({ resolveChildWorkflowExecutionStart: { seq, succeeded: { runId: started.runId } } });
    }
    const cancel = command.requestCancelExternalWorkflowExecution;
    if (cancel) {
      const to = this.open(cancel.workflowExecution?.workflowId ?? '');
      if (to !== undefined) this.cancel(to);
      const failure = to === undefined ? { failure: { message: 'there is none' } } : {};
      execution.jobs.push({ resolveRequestCancelExternalWorkflow: { seq: cancel.seq ?? 0, ...failure } });
    }
    if (signal) {
      const to = signal.childWorkflowId || signal.workflowExecution?.workflowId || '';
      this.letters.push({
        from: execution,
        seq: signal.seq ?? 0,
        to,
        name: signal.signalName ?? '',
        args: signal.args ?? [],
      });
    }
  }

  #obeyEnd(execution: Execution, command: Command): void {
    const { completeWorkflowExecution, failWorkflowExecution, cancelWorkflowExecution } = command;
    if (completeWorkflowExecution) {
      execution.end = { how: 'completed', value: decode(completeWorkflowExecution.result) };
    } else if (failWorkflowExecution) {
      const { failure } = failWorkflowExecution;
      const type = failure?.applicationFailureInfo?.type ?? 'none';
      const details = decode(failure?.applicationFailureInfo?.details?.payloads?.[0]);
      execution.end = { how: 'failed', type, message: failure?.message ?? '', details };
    } else if (cancelWorkflowExecution) execution.end = { how: 'cancelled' };
    if (execution.end !== undefined) this.#close(execution, execution.end);
  }

  #close(execution: Execution, end: End): void {
    this.watcher.closed(execution);
    const { parent, workflowId } = execution;
    if (parent?.execution.end === undefined) parent?.execution.jobs.push(resolveChild(parent.seq, workflowId, end));
  }
}
