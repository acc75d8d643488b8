import { FRESH, type InstancePoller, monotonicNow, nextLook, type Sighting } from '../lightsail/index.js';
import type { ChangeSettings } from '../rollout/batch.js';
import { scopeOf } from '../rollout/scope.js';
import type { Target } from '../rollout/target.js';
import type { WriteFence } from './write-fence.js';

/** A reading is good enough to begin with for this share of the poll interval, and for FRESH at most. */
const FRESH_SHARE = 0.2;

/** When one target is looked at, by the poller that it shares with all others of its scope. */
export class Looks {
  readonly #begun = monotonicNow();
  /** Only what was asked for from then on will do; by the monotonic clock, as all times here. */
  #since: number;
  /** 0: at once. */
  #due = 0;
  #hasSent = false;
  /** When the last two readings were asked for, if that was after the Update. */
  #asked: number | undefined;
  #askedBefore: number | undefined;

  constructor(
    private readonly poller: InstancePoller,
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
  async next(isReserved: boolean, onThrottled: () => void): Promise<Sighting> {
    const { fence } = this;
    const { name } = this.target;
    const call = { abortSignal: fence.signal, onWait: () => fence.beatOn(), scope: scopeOf(this.target.arn) };
    const interval = this.settings.pollInterval;
    const since = Math.max(this.#since, monotonicNow() - Math.min(FRESH, interval * FRESH_SHARE));
    const sighting = isReserved
      ? await this.poller.lookNow(name, call)
      : await this.poller.look(name, { ...call, since, due: this.#due, interval, onThrottled });
    this.#since = sighting.asked + 1;
    this.#due = 0;
    this.#askedBefore = this.#asked;
    this.#asked = sighting.asked;
    return sighting;
  }

  /** An Update was sent: whatever became of it, earlier readings say nothing of it. */
  startAnew(): void {
    this.#since = monotonicNow();
    this.#hasSent = true;
    this.#asked = undefined;
    this.#askedBefore = undefined;
  }

  /** Sets the time of the next reading. */
  plan(): void {
    const { record, wroteAt: from = this.#begun } = this.fence;
    const { pollInterval: interval, timeout } = this.settings;
    const awaited = { from, now: monotonicNow(), interval, deadline: from + timeout };
    this.#due = record.accepted === true ? this.poller.nextLook(awaited) : nextLook(awaited);
  }

  /** The last reading has shown the change as applied. */
  learn(): void {
    const { wroteAt: at } = this.fence;
    // What an earlier attempt has sent may have been applied while nobody looked.
    if (!this.#hasSent || at === undefined || this.#asked === undefined) return;
    this.poller.pace.learn({ pending: (this.#askedBefore ?? at) - at, applied: this.#asked - at });
  }
}
