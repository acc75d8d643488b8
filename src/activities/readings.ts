import type { Reading } from '../rollout/change.js';
import type { FleetInstance } from '../rollout/instance.js';
import type { WriteFence } from './write-fence.js';

/** Tells how long readings have been alike, and how long it is since the last write. */
export class Readings {
  readonly #since = Date.now();
  #last = '';
  #steadySince = 0;

  constructor(private readonly fence: WriteFence) {}

  /** @param asked - when the reading was asked for: what it shows is no newer, however late its answer is looked at */
  add(instance: FleetInstance | undefined, asked: number): Reading {
    const picture = JSON.stringify([instance?.arn, instance?.optionsState, instance?.options, this.fence.record.at]);
    if (picture !== this.#last) this.#steadySince = Date.now();
    this.#last = picture;
    const { at = this.#since } = this.fence.record;
    return { instance, waited: asked - at, steady: Math.max(0, asked - this.#steadySince) };
  }
}
