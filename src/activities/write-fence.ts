import { setTimeout as delay } from 'node:timers/promises';
import { ApplicationFailure, type Context } from '@temporalio/activity';
import { ActivityCancelledError } from '@temporalio/client';
import { monotonicNow, NamedError, WRITE_REFUSED } from '../lightsail/index.js';
import type { ChangeRecord } from '../rollout/change.js';
import { messageOf } from '../rollout/error-message.js';
import { resumeChange, type SuspendedChange } from '../rollout/suspend.js';
import { attemptEnded } from './failures.js';

/**
 * Shares of the heartbeat timeout (HEARTBEAT_TIMEOUT) after which a sign of life is due. Each costs as much as the end of the
 * activity does, so a change that is done sooner sends none beside its record. Before the write they are acknowledged, and
 * tell that the change is no longer wanted: those come more often.
 */
const BEAT_AFTER = { beforeWrite: 0.2, afterWrite: 0.6 } as const;

/** Milliseconds, for an activity without a heartbeat timeout: somebody else's that calls the building blocks. */
const DEFAULT_HEARTBEAT_TIMEOUT = 25_000;

/** What was waited for less, in milliseconds, isn't worth telling the next attempt. */
const LEAST_WAIT = 1_000;

/**
 * The longest from asking for the acknowledgement of a record to the first byte of its Update, in milliseconds. Another worker takes
 * the activity over once no heartbeat has come for the heartbeat timeout, which is several times as long.
 */
const MAX_RECORD_AGE = 3_000;

/**
 * The memory of one target's change, and the gate before its write.
 *
 * What is recorded here is acknowledged by the server before anything is sent to Lightsail, so the next attempt, on
 * any worker, knows of it. A plain heartbeat is throttled and proves nothing; worse, one that is still on its way would
 * overwrite a newer record. So until the write there are acknowledged heartbeats only. An attempt number proves nothing
 * either, since a reset starts again at 1.
 */
export class WriteFence {
  #record: ChangeRecord;
  /** What the server was told last, and when by the monotonic clock, in milliseconds. */
  #told: ChangeRecord;
  #toldAt = monotonicNow();
  /** When the last Update was recorded or answered, by the monotonic clock of this process; and the one before it. */
  #wroteAt: number | undefined;
  #wroteBefore: number | undefined;
  /** When the acknowledgement of the last record was asked for, by both clocks: a frozen machine may stop the one, and anybody set the other. */
  #recorded = { monotonic: Number.NEGATIVE_INFINITY, wall: Number.NEGATIVE_INFINITY };
  #cancelSeen = false;
  #hasPlainBeats = false;
  readonly #moot = new AbortController();

  constructor(
    private readonly context: Context,
    mayHaveWritten: boolean,
    suspended?: SuspendedChange,
  ) {
    const remembered: ChangeRecord | undefined = context.info.heartbeatDetails;
    this.#record = remembered ?? (suspended && resumeChange(suspended)) ?? { wrote: mayHaveWritten, errors: 0 };
    this.#told = this.#record;
    if (this.#record.wrote) this.#wroteAt = monotonicNow() - (this.#record.waited ?? 0);
    const onCancel = () => this.isFollowing || this.#moot.abort(this.context.cancellationSignal.reason);
    if (context.cancellationSignal.aborted) onCancel();
    else context.cancellationSignal.addEventListener('abort', onCancel, { once: true });
  }

  get record(): ChangeRecord {
    return this.#record;
  }

  /** The record with the time that was waited until now, from which another activity can go on. */
  timedRecord(): ChangeRecord {
    return timed(this.#record, this.#wroteAt);
  }

  /** From when on the deadline runs, by the monotonic clock of this process: the last Update, as far as it has been waited for. */
  get wroteAt(): number | undefined {
    return this.#wroteAt;
  }

  /** Aborts calls that are no longer wanted. A change under way is followed to its end, so its reads go on. */
  get signal(): AbortSignal {
    return this.#moot.signal;
  }

  /** The workflow has asked for cancellation. */
  get isCancelled(): boolean {
    return this.#cancelSeen || this.context.cancellationDetails?.cancelRequested === true;
  }

  /** Cancellation came after the write: what was begun is followed to its end. */
  get isFollowing(): boolean {
    return this.isCancelled && this.#record.wrote;
  }

  /**
   * Ends this attempt where going on is not wanted for another reason than cancellation: the worker shuts down, the
   * activity was paused or reset, or its run is closed. The next attempt goes on from the record.
   */
  throwIfMoot(): void {
    if (!this.context.cancellationSignal.aborted || this.isCancelled) return;
    throw attemptEnded();
  }

  /**
   * Records that an Update is about to be sent.
   *
   * @returns false where cancellation was asked for: then nothing may be written
   * @throws where the server doesn't acknowledge, as after a terminate: then nothing may be written either
   */
  async recordWrite(): Promise<boolean> {
    const before = this.#wroteAt;
    this.#recorded = { monotonic: monotonicNow(), wall: Date.now() };
    const record = { wrote: true, at: Date.now(), accepted: false, errors: this.#record.errors };
    if (!(await this.#acknowledge(record, monotonicNow()))) return false;
    this.#wroteBefore = before;
    return true;
  }

  /**
   * Makes sure, right before the first byte of an Update, that its record is still the last word: this process may have stood
   * still since it was acknowledged, and another worker may have taken the activity over.
   *
   * @throws NamedError `WriteRefused`
   */
  confirmWrite(): void {
    const { monotonic, wall } = this.#recorded;
    const age = Math.max(monotonicNow() - monotonic, Date.now() - wall);
    if (age <= MAX_RECORD_AGE) return;
    throw new NamedError(
      WRITE_REFUSED,
      `the record of this Update is ${Math.round(age / 1_000)} s old, so it was not sent; it is recorded anew`,
    );
  }

  /** The Update that was just recorded certainly had no effect: back to what was known before it. */
  forgetWrite(previous: ChangeRecord): void {
    this.#record = { ...previous, errors: this.#record.errors };
    this.#wroteAt = this.#wroteBefore;
  }

  /** The Update was answered clearly, and its deadline runs from now: this process may have slept since the record. */
  recordAccepted(requestId: string | undefined): void {
    this.noteRequest(requestId);
    this.#record = { ...this.#record, at: Date.now(), accepted: true };
    this.#wroteAt = monotonicNow();
  }

  /** An Update was answered, be it with an error: so CloudTrail knows it. */
  noteRequest(requestId: string | undefined): void {
    if (requestId !== undefined) this.#record = { ...this.#record, request: requestId };
  }

  /** Counts an AWS error of this target, in a way that the next attempt sees. */
  async recordError(): Promise<void> {
    const record = { ...this.#record, errors: this.#record.errors + 1 };
    if (!(await this.#acknowledge(record))) this.#record = record;
  }

  /** Waits, heartbeating, and ends early where this attempt is no longer wanted. */
  async pause(ms: number): Promise<void> {
    const until = monotonicNow() + ms;
    const beatEvery = this.#heartbeatTimeout * BEAT_AFTER.beforeWrite;
    for (let left = ms; left > 0; left = until - monotonicNow()) {
      await this.beat();
      const signal = this.isFollowing ? this.#moot.signal : this.context.cancellationSignal;
      await delay(Math.min(left, beatEvery), undefined, { signal }).catch(() => undefined);
      if (signal.aborted || (this.isCancelled && !this.#record.wrote)) return;
    }
  }

  /** Tells the server that this attempt lives, where it hasn't been told so a moment ago. */
  async beat(): Promise<void> {
    if (!this.#isBeatDue) return;
    if (this.#record.wrote) this.#beatPlainly();
    else await this.#acknowledge(this.#record);
  }

  /** This attempt ends without a result: the next one goes on from all that is known now. */
  handOver(): void {
    const hasWaited = this.#record.wrote && monotonicNow() - this.#toldAt >= LEAST_WAIT;
    if (this.#told !== this.#record || hasWaited) this.#beatPlainly();
  }

  /**
   * Tells the server so while this attempt waits for a reading or for its turn.
   *
   * @throws where it waits in vain: cancelled before the write
   */
  async beatOn(): Promise<void> {
    await this.beat();
    if (this.isCancelled && !this.#record.wrote) throw new Error('cancelled before the write');
  }

  get #heartbeatTimeout(): number {
    return this.context.info.heartbeatTimeoutMs ?? DEFAULT_HEARTBEAT_TIMEOUT;
  }

  get #isBeatDue(): boolean {
    const share = this.#record.wrote ? BEAT_AFTER.afterWrite : BEAT_AFTER.beforeWrite;
    return monotonicNow() - this.#toldAt >= this.#heartbeatTimeout * share;
  }

  #beatPlainly(): void {
    this.#hasPlainBeats = true;
    this.context.heartbeat(timed(this.#record, this.#wroteAt));
    this.#noteTold();
  }

  #noteTold(): void {
    this.#told = this.#record;
    this.#toldAt = monotonicNow();
  }

  /** False where cancellation was asked for. */
  async #acknowledge(record: ChangeRecord, wroteAt = this.#wroteAt): Promise<boolean> {
    if (this.isCancelled) return false;
    try {
      await this.context.client.activity.heartbeat(this.context.info.taskToken, timed(record, wroteAt));
    } catch (error) {
      this.throwIfMoot();
      this.#cancelSeen ||= error instanceof ActivityCancelledError;
      if (this.isCancelled) return false;
      const why = messageOf(error);
      throw ApplicationFailure.retryable(
        `the server didn't acknowledge the record of this change: ${why}`,
        'RecordRefused',
      );
    }
    this.#record = record;
    this.#wroteAt = wroteAt;
    this.#noteTold();
    // A plain heartbeat that still waits its turn must not overwrite this record with what was known before it.
    if (this.#hasPlainBeats) this.#beatPlainly();
    return true;
  }
}

/** The record as the next attempt can go on from it, which has another clock. */
function timed(record: ChangeRecord, wroteAt: number | undefined): ChangeRecord {
  return wroteAt === undefined ? record : { ...record, waited: Math.round(monotonicNow() - wroteAt) };
}
