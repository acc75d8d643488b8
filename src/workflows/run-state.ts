import { setCurrentDetails } from '@temporalio/workflow';
import type { WorkerFacts } from '../activities/index.js';
import {
  AccountKeys,
  describeRefusal,
  type KeysRefused,
  PLANNING_WAIT,
  waitingForKeys,
} from '../rollout/account-keys.js';
import { BudgetWatch } from '../rollout/budget-watch.js';
import type { CalendarReading } from '../rollout/calendar.js';
import { renderDetails } from '../rollout/details.js';
import { EventLog, type Said } from '../rollout/event-log.js';
import type { HealthCheck } from '../rollout/health.js';
import { type BatchProgress, Ledger } from '../rollout/ledger.js';
import { newsOf, type Picture } from '../rollout/news.js';
import type { Teller } from '../rollout/notification.js';
import type { OperatorState } from '../rollout/operator.js';
import type { Hold } from '../rollout/orders.js';
import type { RestoreResult } from '../rollout/outcome.js';
import type { Plan } from '../rollout/plan.js';
import { type RevertOrder, type RevertSelection, selectForRevert } from '../rollout/revert.js';
import { previewRevert, type RevertPreview } from '../rollout/revert-preview.js';
import { DEFAULT_KEYS_WAIT } from '../rollout/rollback.js';
import { type RunPicture, statusOf, titleOfRun } from '../rollout/run-status.js';
import { describeMissing, Sight } from '../rollout/sight.js';
import type { RolloutSpec } from '../rollout/spec.js';
import type { Coverage, LogEntry, Phase, RolloutStatus, Waiting } from '../rollout/status.js';
import { type Aborted, effectOfAbort, type Halt, haltBeside, type Stop, stopOf } from '../rollout/stop.js';
import type { Target } from '../rollout/target.js';
import { isoTime, now } from './clock.js';
import { heldBy } from './held-by.js';
import type { LostLease } from './lease.js';
import type { AbortMessage, Message } from './messages.js';
import type { RestoringBatch, RunningBatch } from './running-batch.js';

const NO_PLAN = 'There is no plan yet, and nothing has been changed.';

/** Everything that a rollout knows while it runs. Deterministic: changed by the workflow and its messages only. */
export class RunState {
  name = '';
  phase: Phase = 'planning';
  stage: number | undefined;
  waiting: Waiting | null = null;
  paused: LogEntry | undefined;
  aborted: Aborted | undefined;
  halted: Halt | undefined;
  /** What the windows and freezes said last; missing: nothing closes. */
  calendar: CalendarReading | undefined;
  /** A lease that was ended from outside, until it is held again. */
  lostLease: LostLease | undefined;
  /** Which instances can't be read. */
  readonly sight = new Sight();
  reverts:
    | {
        readonly order: (orders: readonly RevertOrder[]) => Promise<void>;
        readonly isNew: (arn: string, restore: boolean) => boolean;
      }
    | undefined;
  notifier: Teller | undefined;
  /** Whose calls are refused for the caller's keys. */
  readonly keys = new AccountKeys();
  /** How long to wait for keys, in milliseconds. */
  keysWait = DEFAULT_KEYS_WAIT;
  keyWatch: { readonly follow: (refused: KeysRefused, probeAfter: number) => void } | undefined;
  /** Keys were refused while the last batch of a stage ran: what it hasn't begun is checked anew. */
  isInterrupted = false;
  /** What the worker said of itself. */
  facts: WorkerFacts | undefined;
  /** Milliseconds since the epoch. */
  endedAt: number | undefined;
  #told: Picture = {
    waiting: null,
    tripped: undefined,
    unreadable: undefined,
    journal: undefined,
    refused: undefined,
  };
  #pass: Waiting['for'] | undefined;
  cancelled = false;
  /** It only takes back what others have changed: an abort leaves the rest of it. */
  isRollback = false;
  /** Messages that the history holds: Temporal takes only so many of each kind, see `message-limits.ts`. */
  readonly received = { updates: 0, signals: 0 };
  batch: RunningBatch | undefined;
  /** The batch that takes targets back now. */
  restoring: RestoringBatch | undefined;
  /** A batch is being started, with a hold that may be out of date by the time it runs. */
  isStartingBatch = false;
  /** How each instance of the selection is watched, by ARN. */
  checks: ReadonlyMap<string, readonly HealthCheck[]> = new Map();
  /** Why the worker's undo file isn't up to date. */
  journal: string | undefined;
  coverage: Coverage | undefined;
  /** What a person should know of how it went, beside the warnings of the plan. */
  readonly warnings: string[] = [];
  /** How it has ended, and why. */
  end: string | undefined;
  /** What to do next, once it has ended. */
  next: string[] = [];
  #spec: RolloutSpec | undefined;
  #plan: Plan | undefined;
  #ledger: Ledger | undefined;
  #budget: BudgetWatch | undefined;
  readonly #log = new EventLog();

  /** @param publish - makes a text the current details of the run, where there is a workflow around it */
  constructor(private readonly publish: (details: string) => void = setCurrentDetails) {}

  /** @param spec - a rollback has none */
  begin(plan: Plan, spec?: RolloutSpec): Ledger {
    this.#spec = spec;
    this.#plan = plan;
    this.#ledger = new Ledger(plan);
    this.#budget = spec && new BudgetWatch(spec.failure, this.#ledger);
    return this.#ledger;
  }

  get planHash(): string | undefined {
    return this.#plan?.hash;
  }

  /** Undefined while the rollout may go on. */
  get stop(): Stop | undefined {
    const { halted, aborted } = this;
    return stopOf({ halted, aborted, tripped: this.#tripped(), revert: this.#spec?.failure.revert });
  }

  /** What the running batch has to do. */
  get hold(): Hold {
    if (this.stop !== undefined) return { mode: this.waitsForKeys && !this.stop.restore ? 'finish' : 'stop' };
    if (this.isInterrupted) return { mode: 'finish' };
    if (this.heldBy() !== undefined) return { mode: 'wait' };
    const notAfter = this.calendar?.until;
    return { mode: 'run', ...(notAfter !== undefined && { notAfter }) };
  }

  /** Why no new change starts for the time being. */
  heldBy(): Waiting | undefined {
    return this.#waitsForKeys ?? heldBy(this);
  }

  /** Whether keys that are refused are waited for: not where the run ends without anything that is still to be done. */
  get waitsForKeys(): boolean {
    const { stop } = this;
    if (this.phase === 'ended') return false;
    return stop === undefined || (!this.isRollback && (stop.restore || stop.kind === 'budget'));
  }

  isRefused(account: string | undefined): boolean {
    return this.keys.find(account)?.isGivenUp === false;
  }

  /** A call was refused for the caller's keys: the run waits until calls of that account are accepted again. */
  refuse(refused: KeysRefused): void {
    if (this.batch !== undefined || this.isStartingBatch) this.isInterrupted = true;
    const begun = this.keys.refuse(refused, now());
    if (begun === undefined) return;
    this.note(describeRefusal(refused));
    if (this.waitsForKeys && now() - begun.since < this.keysWait) this.keyWatch?.follow(refused, begun.probeAfter);
    else this.keys.giveUp(refused.account);
    this.show();
  }

  /** An operator lets go on what waits now: the approval, the evidence, the missing readings or the bake of the stage. */
  letPass(): void {
    this.#pass = this.#heldFor()?.for;
    if (this.#pass === 'health') this.sight.accept();
    this.show();
  }

  /** Whether an operator has let this hold go on since it began. */
  mayPass(hold: Waiting['for']): boolean {
    return this.#pass === hold;
  }

  /** Whether a target is in the batch that runs now. */
  isRunning(arn: string): boolean {
    return this.batch?.arns.has(arn) ?? false;
  }

  /** @see selectForRevert */
  selectForRevert(selection: RevertSelection): { readonly targets: readonly Target[] } | { readonly refusal: string } {
    const ledger = this.#ledger;
    if (ledger === undefined) return { refusal: NO_PLAN };
    return selectForRevert(selection, ledger, (arn) => this.isRunning(arn));
  }

  /** @see previewRevert */
  previewRevert(selection: RevertSelection, count: boolean): RevertPreview | { readonly refusal: string } {
    const chosen = this.selectForRevert(selection);
    const [plan, ledger, spec] = [this.#plan, this.#ledger, this.#spec];
    if ('refusal' in chosen) return chosen;
    if (plan === undefined || ledger === undefined || spec === undefined) return { refusal: NO_PLAN };
    return previewRevert(chosen.targets, count, {
      ...{ plan, ledger, spec },
      isNew: (arn) => this.reverts?.isNew(arn, true) !== false,
    });
  }

  enter(phase: Phase): void {
    this.phase = phase;
    this.show();
  }

  recordProgress(stage: number, progress: BatchProgress): void {
    this.#ledger?.recordProgress(stage, progress);
    this.show();
  }

  recordRestores(batch: string, results: readonly (readonly [number, RestoreResult])[]): void {
    const { restoring } = this;
    if (restoring?.workflowId !== batch) return;
    for (const [index, restore] of results) {
      const target = restoring.targets[index];
      if (target !== undefined) this.#ledger?.amend(target.arn, { restore });
    }
    this.show();
  }

  /** Whether a rollback was aborted: what hasn't been begun is left as it is. */
  get isLeft(): boolean {
    return this.isRollback && this.stop !== undefined;
  }

  operatorState(): OperatorState {
    const { phase, aborted, planHash } = this;
    const waitingStage = this.stage === undefined ? undefined : this.#plan?.stages[this.stage]?.name;
    return { phase, waiting: this.#heldFor(), waitingStage, planHash, aborted };
  }

  /** Notes an event; the newest ones stand in the status. */
  note(event: string, said?: Said): LogEntry {
    const entry = this.#log.add(isoTime(now()), event, said);
    this.show();
    return entry;
  }

  /** Said twice, the first word stands. */
  pause(message: Message): void {
    this.paused ??= this.note('pause', message);
    this.show();
  }

  /** @see effectOfAbort */
  abort({ mode = 'halt', by, reason }: AbortMessage): void {
    const effect = effectOfAbort(mode, this);
    if (effect === 'late') this.note(`abort (${mode}), which changes nothing any more`, { by });
    if (effect !== 'abort') return;
    if (mode === 'rollback' && this.halted?.adrift === undefined) this.halted &&= { ...this.halted, restore: true };
    this.aborted = { ...this.note(`abort (${mode})`, { by, reason }), mode };
    this.show();
  }

  /** The first one stands, and what was to be taken back still is. */
  halt(halt: Halt): void {
    this.halted ??= haltBeside(halt, this.stop);
    this.note(halt.reason);
  }

  wait(waiting: Waiting | null): void {
    this.#pass = undefined;
    this.waiting = waiting;
    this.show();
  }

  /** Makes the status the current details that the Temporal UI shows. */
  show(): void {
    const { isRollback, end, next } = this;
    this.publish(renderDetails(this.status(), { isRollback, end, next }));
    const now = {
      waiting: this.#heldFor(),
      tripped: this.#tripped(),
      unreadable: this.#unreadable,
      journal: this.journal,
      refused: this.#waitsForKeys,
    };
    for (const { event, ...details } of newsOf(this.#told, now)) this.notifier?.tell(event, details);
    this.#told = now;
  }

  /** Until when the history, once it has ended, allows a rollback. */
  get rollbackUntil(): string | undefined {
    const { endedAt, facts, isRollback } = this;
    if (endedAt === undefined || facts?.retention === undefined || isRollback) return undefined;
    return isoTime(endedAt + facts.retention);
  }

  /** @see titleOfRun */
  get title(): string {
    return titleOfRun(this.#picture());
  }

  status(): RolloutStatus {
    return statusOf(this.#picture());
  }

  #picture(): RunPicture {
    const { name, phase, stage, paused, aborted, rollbackUntil, coverage, journal, isRollback } = this;
    return {
      ...{ name, phase, stage, paused, aborted, rollbackUntil, coverage, journal, isRollback },
      spec: this.#spec,
      plan: this.#plan,
      ledger: this.#ledger,
      waiting: this.#waitsForKeys ?? this.#heldFor(),
      tripped: this.#tripped(),
      unreadable: this.#unreadable,
      warnings: this.warnings,
      log: this.#log.entries,
    };
  }

  /** Nothing waits for readings any more once the rollout goes back or has ended. */
  get #unreadable(): string | undefined {
    const { missing } = this.sight;
    if (missing === undefined || this.phase === 'reverting' || this.phase === 'ended') return undefined;
    return describeMissing(missing);
  }

  /** While keys are refused, nothing else that is waited for could go on. */
  get #waitsForKeys(): Waiting | undefined {
    const { first } = this.keys;
    if (first === undefined || this.phase === 'ended') return undefined;
    const wait = this.phase === 'planning' ? Math.min(PLANNING_WAIT, this.keysWait) : this.keysWait;
    return waitingForKeys(first, first.since + wait, isoTime);
  }

  /** In the middle of a batch a pause or a closed window is what the rollout waits for, while what is in flight is finished. */
  #heldFor(): Waiting | null {
    if (this.waiting !== null) return this.waiting;
    return this.batch === undefined || this.stop !== undefined ? null : (this.heldBy() ?? null);
  }

  #tripped(): string | undefined {
    return this.#budget?.tripped;
  }
}
