import { FRESH, type InstanceReader, monotonicNow } from '../lightsail/index.js';
import type { ChangeSettings } from '../rollout/batch.js';
import type { Reading } from '../rollout/change.js';
import { scopeOf } from '../rollout/scope.js';
import type { Target } from '../rollout/target.js';
import type { WriteFence } from './write-fence.js';

/** A reading is good enough to begin with for this share of the poll interval, and for FRESH at most. */
const FRESH_SHARE = 0.4;

/** The readings of one target during its change, by the reader that it shares with all others of its scope. Times are by the monotonic clock. */
export class TargetReadings {
  readonly #begun = monotonicNow();
  /** Only what was asked for from then on will do. */
  #since: number;
  /** When the next reading is due; 0: at once. */
  #due = 0;
  #hasSent = false;
  /** When the last two readings were asked for, if that was after the Update. */
  #asked: number | undefined;
  #askedBefore: number | undefined;
  #picture = '';
  #steadySince = 0;

  constructor(
    private readonly reader: InstanceReader,
    private readonly target: Target,
    private readonly settings: ChangeSettings,
    private readonly fence: WriteFence,
  ) {
    // An attempt that goes on from a write reads it back for itself: it may have been sent a moment ago, and by another worker.
    this.#since = fence.record.wrote ? this.#begun : 0;
  }

  /**
   * The next reading: one that is newer than the last one, and was asked for a moment ago or is from now on.
   *
   * @param isReserved - the turn of an Update has come, and waits for this reading
   */
  async next(isReserved: boolean, onThrottled: () => void): Promise<Reading> {
    const { fence, reader } = this;
    const { name, arn } = this.target;
    const call = { abortSignal: fence.signal, onWait: () => fence.beatOn(), scope: scopeOf(arn) };
    const fresh = Math.min(FRESH, this.settings.pollInterval * FRESH_SHARE);
    const since = Math.max(this.#since, monotonicNow() - fresh);
    const { instance, asked } = isReserved
      ? await reader.readNow(name, call)
      : await reader.read(name, { ...call, since, due: this.#due, onThrottled });
    this.#since = asked + 1;
    this.#askedBefore = this.#asked;
    this.#asked = asked;
    const { wroteAt = this.#begun } = fence;
    const picture = JSON.stringify([instance?.arn, instance?.optionsState, instance?.options, wroteAt]);
    if (picture !== this.#picture) this.#steadySince = monotonicNow();
    this.#picture = picture;
    // What a reading shows is no newer than when it was asked for, however late its answer is looked at.
    return { instance, waited: asked - wroteAt, steady: Math.max(0, asked - this.#steadySince) };
  }

  /** An Update was sent: whatever became of it, earlier readings say nothing of it. */
  startAnew(): void {
    this.#since = monotonicNow();
    this.#due = 0;
    this.#hasSent = true;
    this.#asked = undefined;
    this.#askedBefore = undefined;
  }

  /** Sets the time of the next reading. */
  plan(): void {
    const { wroteAt: from = this.#begun } = this.fence;
    const { pollInterval: interval, timeout } = this.settings;
    const awaited = { from, now: monotonicNow(), interval, deadline: from + timeout, planned: this.#due };
    this.#due = this.reader.nextRead(awaited);
  }

  /** The last reading has shown the change as applied. */
  learn(): void {
    const { wroteAt: at } = this.fence;
    // What an earlier attempt has sent may have been applied while nobody looked.
    if (!this.#hasSent || at === undefined || this.#asked === undefined) return;
    this.reader.learn({ pending: (this.#askedBefore ?? at) - at, applied: this.#asked - at });
  }
}
