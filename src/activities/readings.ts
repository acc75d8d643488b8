import { monotonicNow } from '../lightsail/index.js';
import type { Reading } from '../rollout/change.js';
import type { FleetInstance } from '../rollout/instance.js';
import type { WriteFence } from './write-fence.js';

/** Tells how long readings have been alike, and how long it is since the last write. */
export class Readings {
  readonly #since = monotonicNow();
  #last = '';
  #steadySince = 0;

  constructor(private readonly fence: WriteFence) {}

  /** @param asked - when the reading was asked for, by the monotonic clock: what it shows is no newer, however late its answer is looked at */
  add(instance: FleetInstance | undefined, asked: number): Reading {
    const { wroteAt = this.#since } = this.fence;
    const picture = JSON.stringify([instance?.arn, instance?.optionsState, instance?.options, wroteAt]);
    if (picture !== this.#last) this.#steadySince = monotonicNow();
    this.#last = picture;
    return { instance, waited: asked - wroteAt, steady: Math.max(0, asked - this.#steadySince) };
  }
}
