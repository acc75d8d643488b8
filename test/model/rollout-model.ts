import type { Message } from './scenario.js';

/** What may become of a target, as far as the books go. */
export type Fate = 'changed' | 'unverified' | 'compliant' | 'skipped' | 'blocked' | 'failed';

/** Whether it was, or may have been, written to. */
export interface Result {
  readonly fate: Fate;
  readonly wrote: boolean;
}

/** Kept of each target: what its stage made of it, what was found later, and what its way back came to. */
interface Entry {
  readonly stage: number;
  fate: Fate | 'drifted' | 'reverted';
  readonly wrote: boolean;
  back: 'restored' | 'restore-failed' | undefined;
}

export type Wait = 'bake' | 'approval' | 'evidence';
export type Phase = 'planning' | 'applying' | 'waiting' | 'verifying' | 'reverting' | 'ended';

interface RunningBatch {
  readonly id: string;
  readonly stage: number;
  readonly arns: readonly string[];
  /** The number of its last report, and what it said. */
  readonly seq: number;
  readonly told: readonly Result[];
}

interface Policy {
  /** A count, or percent of the stage. */
  readonly max: number | { readonly percent: number };
  readonly maxTotal: number | undefined;
  readonly revert: 'none' | 'failed' | 'run';
}

/**
 * What the contract says a rollout must know, do and refuse, in sets and counters: written from its words, not from the
 * code, and slow where that is simpler.
 */
export class RolloutModel {
  readonly entries = new Map<string, Entry>();
  readonly finished = new Set<number>();
  phase: Phase = 'planning';
  waits: Wait | undefined;
  isPaused = false;
  isClosed = false;
  aborted: 'halt' | 'rollback' | undefined;
  /** Rejected, or an approval that nobody gave in time. */
  halted: { goesBack: boolean } | undefined;
  /** An operator has let go on what waits. */
  mayGoOn = false;
  readonly unread = new Set<string>();
  readonly accepted = new Set<string>();
  /** The batch that runs: its targets, and how many of them it has told to have failed. */
  batch: RunningBatch | undefined;
  /** The one before it. */
  closed: RunningBatch | undefined;

  constructor(
    readonly sizes: readonly number[],
    readonly policy: Policy,
  ) {}

  record(stage: number, arn: string, { fate, wrote }: Result): void {
    this.entries.set(arn, { stage, fate, wrote, back: undefined });
  }

  /** Failed once, however often it is said; to its own stage, but for what the last sweep finds. */
  failedIn(stage: number): number {
    const last = this.sizes.findLastIndex((size) => size > 0);
    const own = this.all.filter((each) => each.stage === stage && each.fate === 'failed').length;
    const late = stage === last ? this.all.filter(({ fate }) => fate === 'reverted').length : 0;
    const told = this.batch?.stage === stage ? this.batch.told.filter(({ fate }) => fate === 'failed').length : 0;
    return own + late + told;
  }

  mayFail(stage: number): number {
    const { max } = this.policy;
    return typeof max === 'number' ? max : Math.floor(((this.sizes[stage] ?? 0) * max.percent) / 100);
  }

  get isOverBudget(): boolean {
    const { maxTotal = Number.POSITIVE_INFINITY } = this.policy;
    const stages = this.sizes.map((_, stage) => stage);
    const total = stages.reduce((sum, stage) => sum + this.failedIn(stage), 0);
    return (
      total > maxTotal ||
      stages.some((stage) => this.failedIn(stage) > this.mayFail(stage)) ||
      stages.some((stage) => this.hasFailedWhole(stage))
    );
  }

  /** Undefined while it may go on; otherwise whether everything is taken back. */
  get stop(): { readonly goesBack: boolean } | undefined {
    if (this.halted !== undefined) return this.halted;
    if (this.aborted !== undefined) return { goesBack: this.aborted === 'rollback' };
    return this.isOverBudget ? { goesBack: this.policy.revert === 'run' } : undefined;
  }

  get isBlind(): boolean {
    return [...this.unread].some((arn) => !this.accepted.has(arn));
  }

  /** What it waits for, as an operator reads it. */
  get waitsFor(): Wait | 'paused' | 'window' | 'health' | undefined {
    if (this.waits !== undefined) return this.waits;
    if (this.batch === undefined || this.stop !== undefined) return undefined;
    return this.heldBy;
  }

  get heldBy(): 'paused' | 'window' | 'health' | undefined {
    if (this.isPaused) return 'paused';
    if (this.isClosed) return 'window';
    return this.isBlind ? 'health' : undefined;
  }

  get mode(): 'run' | 'wait' | 'finish' | 'stop' {
    // What the budget ends, and leaves as it is, is still followed where keys are refused; until the run has ended.
    const isFollowed = this.halted === undefined && this.aborted === undefined && this.phase !== 'ended';
    if (this.stop !== undefined) return isFollowed && !this.stop.goesBack ? 'finish' : 'stop';
    return this.heldBy === undefined ? 'run' : 'wait';
  }

  isRefused({ name, input }: Message): boolean {
    if (name === 'cancel') return false;
    if (this.phase === 'ended') return true;
    const wanted = this.waitsFor;
    if (name === 'abort') {
      return input.mode === 'halt' && (this.phase === 'reverting' || this.aborted === 'rollback');
    }
    if (this.aborted !== undefined || this.phase === 'reverting') return true;
    if (name === 'approve' || name === 'reject') {
      return !(wanted === 'approval' || wanted === 'evidence' || wanted === 'health');
    }
    if (name === 'skipBake') return wanted !== 'bake';
    return name === 'revert' && this.phase === 'planning';
  }

  /** Whatever is accepted, a second time changes nothing more. */
  hear({ name, input }: Message): void {
    if (name === 'pause') this.isPaused = true;
    if (name === 'resume') this.isPaused = false;
    if (name === 'reject') this.halt(false);
    if (name === 'approve' && this.waitsFor === 'health') for (const arn of this.unread) this.accepted.add(arn);
    if (name === 'approve' || name === 'skipBake') this.mayGoOn = true;
    if (name === 'cancel') this.abort('halt');
    if (name === 'abort') this.abort(input.mode);
  }

  abort(mode: 'halt' | 'rollback'): void {
    if (this.phase === 'ended' || (this.phase === 'reverting' && this.stop?.goesBack === true)) return;
    if (mode === 'rollback' && this.halted !== undefined) this.halted.goesBack = true;
    if (this.aborted === undefined || mode === 'rollback') this.aborted = mode;
  }

  halt(goesBack: boolean): void {
    this.halted ??= { goesBack: goesBack || this.stop?.goesBack === true };
  }

  /** Written, or maybe, and not known to be back. */
  get toRestore(): string[] {
    return [...this.entries]
      .filter(([, { wrote, back }]) => wrote && back !== 'restored')
      .map(([arn]) => arn)
      .reverse();
  }

  /** An order to take one back fails it too, where it counts; once, and only what stands changed. */
  order(arn: string, reason: 'unhealthy' | 'operator', isCounted: boolean): boolean {
    const entry = this.entries.get(arn);
    if (entry?.wrote !== true || entry.back === 'restored') return false;
    const isChanged = entry.fate === 'changed' || entry.fate === 'unverified';
    if (reason === 'unhealthy' && (!isChanged || entry.back !== undefined)) return false;
    if (isCounted && entry.fate !== 'reverted') entry.fate = 'failed';
    return true;
  }

  comeBack(arn: string, how: 'restored' | 'restore-failed'): void {
    const entry = this.entries.get(arn);
    if (entry !== undefined) entry.back = how;
  }

  isStanding(arn: string): boolean {
    const entry = this.entries.get(arn);
    return entry?.back === undefined && (entry?.fate === 'changed' || entry?.fate === 'unverified');
  }

  find(arn: string, what: 'reverted' | 'drifted'): void {
    const entry = this.entries.get(arn);
    if (entry !== undefined) entry.fate = what;
  }

  /** Once it is read again, an operator's word on its missing readings is used up. */
  see(arn: string, isSeen: boolean): void {
    if (!isSeen) this.unread.add(arn);
    else if (this.unread.delete(arn)) this.accepted.delete(arn);
  }

  /** A number for each kind; one that is back is restored, but a failed one stays failed. */
  counts(stage: number): Record<string, number> {
    const kinds = [
      ...this.all.filter((each) => each.stage === stage).map(kindOf),
      ...(this.batch?.stage === stage ? this.batch.told.map(({ fate }) => kindOf({ fate, back: undefined })) : []),
    ];
    return Object.fromEntries([...new Set(kinds)].map((kind) => [kind, kinds.filter((each) => each === kind).length]));
  }

  /** Changes that stand and prove something. */
  provenIn(stage: number): number {
    return this.all.filter((each) => each.stage === stage && each.fate === 'changed' && each.back === undefined).length;
  }

  /** A stage in which everything that was tried has failed: nothing of what the last sweep finds of others counts. */
  hasFailedWhole(stage: number): boolean {
    const last = this.sizes.findLastIndex((size) => size > 0);
    const own = this.all.filter((each) => each.stage === stage && !UNTRIED.has(each.fate));
    const failed = own.filter(({ fate }) => fate === 'failed' || (fate === 'reverted' && stage === last));
    const told = this.batch?.stage === stage ? this.batch.told.filter(({ fate }) => fate === 'failed').length : 0;
    return this.finished.has(stage) && own.length > 0 && failed.length + told === own.length;
  }

  get all(): Entry[] {
    return [...this.entries.values()];
  }
}

const UNTRIED: ReadonlySet<Entry['fate']> = new Set(['compliant', 'skipped', 'blocked']);

function kindOf({ fate, back }: Pick<Entry, 'fate' | 'back'>): string {
  const kind = fate === 'unverified' ? 'changed' : fate === 'reverted' ? 'failed' : fate;
  if (back === undefined) return kind;
  return kind === 'failed' && back === 'restored' ? 'failed' : back;
}
