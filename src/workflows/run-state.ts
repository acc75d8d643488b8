import { type ExternalWorkflowHandle, setCurrentDetails } from '@temporalio/workflow';
import type { HoldOrder } from '../rollout/batch.js';
import { allowedFailures, budgetTrip } from '../rollout/budget.js';
import type { CalendarReading } from '../rollout/calendar.js';
import type { HealthCheck } from '../rollout/health.js';
import { type BatchProgress, Ledger } from '../rollout/ledger.js';
import type { OperatorState } from '../rollout/operator.js';
import type { Plan } from '../rollout/plan.js';
import type { RolloutSpec } from '../rollout/spec.js';
import type { Coverage, LogEntry, Phase, RolloutStatus, StageStatus, Waiting } from '../rollout/status.js';
import { renderStatus } from '../rollout/status.js';
import { isoTime, now } from './clock.js';
import type { AbortMessage, Message } from './messages.js';

/** Entries of the log that the status shows. */
const LOG_LENGTH = 20;

/** Why no new change starts any more, for good. */
export interface Stop {
  readonly kind: 'aborted' | 'budget' | 'halted';
  readonly reason: string;
  /** What was changed is taken back. */
  readonly restore: boolean;
}

/** Something came between that neither an operator nor the budget decides, such as a batch that was ended from outside. */
export interface Halt {
  readonly reason: string;
  /** What was changed is taken back already, or an abort has asked for it. */
  readonly restore: boolean;
  /** The batch goes on by itself: nothing may be taken back beside it. */
  readonly adrift?: true;
}

/** The batch that runs now, the order that it was last sent, and the number of the one that it has said to be in force. */
export interface RunningBatch {
  readonly handle: ExternalWorkflowHandle;
  readonly stage: number;
  told: HoldOrder;
  inForce: number;
}

/** An order to a batch, before it has its number. */
export type Hold = Omit<HoldOrder, 'number'>;

/** Everything that a rollout knows while it runs. Deterministic: changed by the workflow and its messages only. */
export class RunState {
  name = '';
  phase: Phase = 'planning';
  stage: number | undefined;
  waiting: Waiting | null = null;
  paused: LogEntry | undefined;
  aborted: (LogEntry & { readonly mode: 'halt' | 'rollback' }) | undefined;
  halted: Halt | undefined;
  /** What the windows and freezes said last; missing: nothing closes. */
  calendar: CalendarReading | undefined;
  #pass: string | undefined;
  cancelled = false;
  batch: RunningBatch | undefined;
  /** A batch is being started, with a hold that may be out of date by the time it runs. */
  isStartingBatch = false;
  /** How each instance of the selection is watched, by ARN. */
  checks: ReadonlyMap<string, readonly HealthCheck[]> = new Map();
  coverage: Coverage | undefined;
  #spec: RolloutSpec | undefined;
  #plan: Plan | undefined;
  #ledger: Ledger | undefined;
  #budget: { readonly revision: number; readonly tripped: string | undefined } | undefined;
  readonly #log: LogEntry[] = [];

  begin(spec: RolloutSpec, plan: Plan): Ledger {
    this.#spec = spec;
    this.#plan = plan;
    this.#ledger = new Ledger(plan);
    return this.#ledger;
  }

  get planHash(): string | undefined {
    return this.#plan?.hash;
  }

  /** The operator's word first, then the budget's; undefined while the rollout may go on. */
  get stop(): Stop | undefined {
    if (this.halted !== undefined) return { kind: 'halted', ...this.halted };
    if (this.aborted !== undefined) {
      const { mode, by, reason } = this.aborted;
      return {
        kind: 'aborted',
        restore: mode === 'rollback',
        reason: `aborted${by ? ` by ${by}` : ''}${reason ? `: ${reason}` : ''}`,
      };
    }
    const tripped = this.#tripped();
    return tripped === undefined
      ? undefined
      : { kind: 'budget', restore: this.#spec?.failure.revert === 'run', reason: tripped };
  }

  /** What the running batch has to do. */
  get hold(): Hold {
    if (this.stop !== undefined) return { mode: 'stop' };
    if (this.heldBy() !== undefined) return { mode: 'wait' };
    const notAfter = this.calendar?.until;
    return { mode: 'run', ...(notAfter !== undefined && { notAfter }) };
  }

  /** Why no new change starts for the time being. */
  heldBy(): Waiting | undefined {
    if (this.paused !== undefined) {
      const { at, reason } = this.paused;
      return { for: 'paused', since: at, ...(reason !== undefined && { reason }) };
    }
    if (this.calendar === undefined || this.calendar.open) return undefined;
    const { for: kind, since, until, reason } = this.calendar;
    return { for: kind, since: isoTime(since), until: isoTime(until), ...(reason !== undefined && { reason }) };
  }

  /** An operator lets go on what waits now: the approval, the evidence or the bake of the stage. */
  letPass(): void {
    this.#pass = `${this.waiting?.for} ${this.stage}`;
  }

  /** Whether an operator has let this hold of the current stage go on. */
  mayPass(hold: Waiting['for']): boolean {
    return this.#pass === `${hold} ${this.stage}`;
  }

  enter(phase: Phase): void {
    this.phase = phase;
    this.show();
  }

  recordProgress(stage: number, progress: BatchProgress): void {
    this.#ledger?.recordProgress(stage, progress);
    this.show();
  }

  operatorState(): OperatorState {
    const { phase, waiting, aborted, planHash } = this;
    const waitingStage = this.stage === undefined ? undefined : this.#plan?.stages[this.stage]?.name;
    return {
      phase,
      waiting,
      ...(waitingStage !== undefined && { waitingStage }),
      ...(planHash !== undefined && { planHash }),
      ...(aborted !== undefined && { aborted }),
    };
  }

  /** Notes an event; the newest ones stand in the status. */
  note(event: string, { by, reason }: Message = {}): LogEntry {
    const entry = {
      at: isoTime(now()),
      event,
      ...(by !== undefined && { by }),
      ...(reason !== undefined && { reason }),
    };
    this.#log.push(entry);
    if (this.#log.length > LOG_LENGTH) this.#log.shift();
    this.show();
    return entry;
  }

  /** Said twice, the first word stands. */
  pause(message: Message): void {
    this.paused ??= this.note('pause', message);
    this.show();
  }

  abort({ mode = 'halt', by, reason }: AbortMessage): void {
    // Said twice, or a halt after a rollback: the first word stands. A halt may become a rollback.
    if (this.aborted !== undefined && (this.aborted.mode === mode || mode === 'halt')) return;
    // A way back isn't left half done, and an end is an end: neither takes another reason.
    if (this.phase === 'reverting' || this.phase === 'ended') {
      this.note(`abort (${mode}), which changes nothing any more`, { ...(by !== undefined && { by }) });
      return;
    }
    if (mode === 'rollback' && this.halted?.adrift === undefined) this.halted &&= { ...this.halted, restore: true };
    this.aborted = {
      ...this.note(`abort (${mode})`, { ...(by !== undefined && { by }), ...(reason !== undefined && { reason }) }),
      mode,
    };
    this.show();
  }

  halt(halt: Halt): void {
    this.halted = halt;
    this.note(halt.reason);
  }

  wait(waiting: Waiting | null): void {
    this.waiting = waiting;
    this.show();
  }

  /** Makes the status the current details that the Temporal UI shows. */
  show(): void {
    setCurrentDetails(renderStatus(this.status()));
  }

  stages(): StageStatus[] {
    return (this.#plan?.stages ?? []).map(({ name, targets }, index) => ({
      name,
      size: targets.length,
      counts: this.#ledger?.stageCounts(index) ?? { total: targets.length, inFlight: 0 },
    }));
  }

  status(): RolloutStatus {
    const stage = this.stage === undefined ? undefined : this.#plan?.stages[this.stage];
    const failed = this.#ledger?.tallies().reduce((sum, tally) => sum + tally.failed, 0) ?? 0;
    const tripped = this.#tripped();
    const policy = this.#spec?.failure;
    return {
      name: this.name,
      phase: this.phase,
      ...(stage !== undefined && { stage: stage.name }),
      waiting: this.waiting ?? this.#heldBatch(),
      counts: this.#ledger?.counts() ?? { total: 0, inFlight: 0 },
      stages: this.stages(),
      budget: {
        failed,
        ...(stage !== undefined &&
          policy !== undefined && { allowedInStage: allowedFailures(policy, stage.targets.length) }),
        ...(policy?.maxTotal !== undefined && { maxTotal: policy.maxTotal }),
        ...(tripped !== undefined && { tripped }),
      },
      ...(this.#plan !== undefined && { planHash: this.#plan.hash, warnings: this.#plan.warnings }),
      ...(this.paused !== undefined && { paused: this.paused }),
      ...(this.aborted !== undefined && { aborted: this.aborted }),
      log: [...this.#log],
    };
  }

  /** In the middle of a batch a pause or a closed window is what the rollout waits for, while what is in flight is finished. */
  #heldBatch(): Waiting | null {
    return this.batch === undefined || this.stop !== undefined ? null : (this.heldBy() ?? null);
  }

  #tripped(): string | undefined {
    if (this.#spec === undefined || this.#ledger === undefined) return undefined;
    // Asked at every step of the workflow, over thousands of targets: derived anew only when a result has changed.
    const { revision } = this.#ledger;
    if (this.#budget?.revision !== revision) {
      this.#budget = { revision, tripped: budgetTrip(this.#spec.failure, this.#ledger.tallies()) };
    }
    return this.#budget.tripped;
  }
}
