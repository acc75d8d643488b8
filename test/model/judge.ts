import { expect } from 'vitest';
import type { BatchInput } from '../../src/rollout/batch.js';
import { type PackedBatch, unpackBatch } from '../../src/rollout/pack-batch.js';
import type { Target } from '../../src/rollout/target.js';
import type { ModelActivities } from './activities.js';
import type { ActivityTask, Answer, Execution, Watcher } from './execution.js';
import { judgeEnd, judgeRollback } from './judge-end.js';
import { changeOf, describeTask, isChange, judgeCrowd, judgeStart } from './judge-start.js';
import type { Message, Scenario } from './scenario.js';
import { mayStillWrite, outcomeOf, StageTally } from './tally.js';
import { decode, type End } from './temporal-protocol.js';
import type { TinyFleet } from './tiny-fleet.js';
import type { TinyTemporal } from './tiny-temporal.js';

/** A message that was sent, in the order of sending, and its answer once there is one. */
export interface Sent {
  readonly message: Message;
  answer?: Answer;
}

export interface Batch {
  readonly execution: Execution;
  readonly stage: string;
  readonly input: BatchInput;
}

/** An assertion that says what it is about, and all that has happened before it. */
export type Expecting = <T>(actual: T, what: string) => ReturnType<typeof expect<T>>;

/** Lines of the log that a failure shows. */
const SHOWN = 150;

/**
 * Watches a rollout from outside, and holds it against what the contract says in plain words. It knows nothing of how
 * the workflows decide: sets, counters and the order of events are all it has.
 */
export class Judge implements Watcher {
  readonly messages: Sent[] = [];
  readonly batches: Batch[] = [];
  /** Targets whose change was cancelled without a word on whether it was written. */
  readonly unsaid = new Set<string>();
  /** Targets whose change, or whose restore, was read back: only those are known without an Update. */
  readonly readBack = new Set<string>();
  isCancelled = false;
  isBlown = false;
  readonly #log: string[] = [];
  readonly #byId = new Map<string, Sent>();
  readonly #tallies = new Map<string, StageTally>();
  readonly #sizes = new Map<string, number>();
  /** How the last rollback has ended. */
  #wayBack: End['how'] | undefined;
  #around: { readonly temporal: TinyTemporal; readonly activities: ModelActivities } | undefined;

  constructor(
    readonly scenario: Scenario,
    readonly fleet: TinyFleet,
  ) {}

  observe(temporal: TinyTemporal, activities: ModelActivities): void {
    this.#around = { temporal, activities };
  }

  /** What the plan gave to each stage. */
  learnSizes(stages: readonly { readonly name: string; readonly size: number }[]): void {
    for (const { name, size } of stages) this.#sizes.set(name, size);
  }

  started(execution: Execution): void {
    this.#note(`start ${execution.workflowId}`);
    if (execution.type !== 'imdsRolloutBatch') return;
    this.#expect(this.#openBatches, 'batches open beside another').toEqual([]);
    const packed = decode<PackedBatch>(execution.args[0]);
    if (packed === undefined) return;
    this.batches.push({ execution, stage: execution.workflowId.split('/')[2] ?? '', input: unpackBatch(packed) });
  }

  closed(execution: Execution): void {
    this.#note(`close ${execution.workflowId}: ${JSON.stringify(execution.end).slice(0, 300)}`);
    const left = this.#tasks.filter((task) => task.execution === execution && isChange(task.type));
    this.#expect(left.map(describeTask), `left under way by ${execution.workflowId}`).toEqual([]);
  }

  scheduled(task: ActivityTask): void {
    this.#note(`schedule ${describeTask(task)}`);
    this.#around?.activities.begin(task);
    if (task.type === 'lightsailImdsApply') judgeStart(this, task, this.#now, this.#expect);
    if (isChange(task.type)) judgeCrowd(this, task, this.#tasks, this.#expect);
  }

  cancelRequested(task: ActivityTask): void {
    this.#note(`ask ${describeTask(task)} to end`);
  }

  sent(id: string, message: Message): void {
    this.#note(`say ${message.name} ${JSON.stringify(message.input)}`);
    const sent: Sent = { message };
    this.messages.push(sent);
    this.#byId.set(id, sent);
  }

  /** A batch was ended by hand. */
  blown({ workflowId }: Execution, how: string): void {
    this.#note(`${how} ${workflowId} by hand`);
    this.isBlown = true;
  }

  cancelled(): void {
    this.#note('cancel');
    this.isCancelled = true;
  }

  answered(id: string, answer: Answer): void {
    const sent = this.#byId.get(id);
    if (sent === undefined) return;
    sent.answer = answer;
    this.#note(`answer ${sent.message.name}: ${answer.accepted ? 'accepted' : answer.why}`);
    if (!this.isHeld) return;
    const loose = this.#tasks.filter(
      (task) =>
        task.type === 'lightsailImdsApply' &&
        mayStillWrite(this.#around?.activities.changes.get(task), task.cancelRequested),
    );
    this.#expect(loose.map(describeTask), `may still write after ${sent.message.name} was answered`).toEqual([]);
  }

  finished(task: ActivityTask, end: End): void {
    this.#note(`end ${describeTask(task)}: ${JSON.stringify(end)}`);
    const outcome = end.how === 'completed' ? outcomeOf(end.value) : undefined;
    if (outcome === 'changed' || outcome === 'restored') this.readBack.add(changeOf(task).target.arn);
    if (task.type !== 'lightsailImdsApply') return;
    const { arn, desired } = changeOf(task).target;
    this.tally(this.stageOf(task)).add(arn, end, task.cancelRequested, this.#now);
    if (task.cancelRequested && end.how === 'cancelled') this.unsaid.add(arn);
    const options = this.fleet.get(arn)?.options;
    if (outcome === 'changed') {
      this.#expect(options, 'what is said to be changed').toMatchObject(desired);
    }
  }

  end(root: Execution, all: readonly Execution[]): void {
    for (const { message, answer } of this.messages) {
      this.#expect(answer, `the answer to ${message.name}`).toBeDefined();
    }
    const open = all.filter(({ end }) => end === undefined).map(({ workflowId }) => workflowId);
    this.#expect(open, 'open after the end').toEqual([]);
    judgeEnd(this, root, this.#expect);
  }

  /** @param written - how many Updates there were before, where a rollback has gone before this one */
  endOfRollback(root: Execution, written?: number): void {
    judgeRollback(this, root, this.#expect);
    const isWhole = this.#wayBack === 'completed';
    this.#wayBack = root.end?.how;
    if (written === undefined || !isWhole || this.fleet.meddled.size > 0) return;
    this.#expect(this.fleet.writes.length, 'Updates after a second rollback').toBe(written);
  }

  /** What applies have written to, first changed first. */
  get written(): Target[] {
    const targets = this.applied.flatMap(({ input }) => input.targets);
    return [...new Map(targets.map((target) => [target.arn, target])).values()].filter(({ arn }) =>
      this.fleet.wasWritten(arn),
    );
  }

  /** Nothing may start: a pause was answered and no resume sent since, or the run was stopped for good. */
  get isHeld(): boolean {
    const answered = this.messages.map(({ message, answer }) => (answer?.accepted ? message.name : 'none'));
    const resumed = this.messages.findLastIndex(({ message }) => message.name === 'resume');
    return answered.lastIndexOf('pause') > resumed || answered.includes('abort') || answered.includes('reject');
  }

  /** How many messages of this name were accepted. */
  accepted(name: Message['name']): number {
    return this.messages.filter(({ message, answer }) => message.name === name && answer?.accepted).length;
  }

  /** The batches of the stages, in their order. */
  get applied(): Batch[] {
    return this.batches.filter(({ input }) => input.mode === 'apply');
  }

  stageOf(task: ActivityTask): string {
    return this.batches.find(({ execution }) => execution === task.execution)?.stage ?? '';
  }

  tally(stage: string): StageTally {
    const tally = this.#tallies.get(stage) ?? new StageTally();
    this.#tallies.set(stage, tally);
    return tally;
  }

  get failedInRun(): number {
    return [...this.#tallies.values()].reduce((sum, { failed }) => sum + failed.size, 0);
  }

  /** Whether a change of the stage stands that proves something: of an instance that runs. */
  hasStanding(stage: string): boolean {
    const { changed } = this.tally(stage);
    const proving = this.scenario.fleet.filter(({ arn, state }) => changed.has(arn) && state !== 'stopped');
    return proving.some(({ arn }) => !this.fleet.isOriginal(arn));
  }

  /** A count, or percent of what the plan gave to the stage, rounded down. */
  allowedIn(stage: string): number {
    const max = String(this.scenario.spec.failure?.max ?? 0);
    if (!max.endsWith('%')) return Number(max);
    return Math.floor(((this.#sizes.get(stage) ?? 0) * Number(max.slice(0, -1))) / 100);
  }

  get #now(): number {
    return this.#around?.temporal.now ?? 0;
  }

  get #tasks(): readonly ActivityTask[] {
    return this.#around?.temporal.tasks ?? [];
  }

  get #openBatches(): string[] {
    return this.batches.flatMap(({ execution: { end, workflowId } }) => (end === undefined ? [workflowId] : []));
  }

  #note(line: string): void {
    this.#log.push(line);
  }

  readonly #expect: Expecting = (actual, what) => expect(actual, `${what}\n${this.#log.slice(-SHOWN).join('\n')}\n`);
}
