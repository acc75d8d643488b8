import { setImmediate as settle } from 'node:timers/promises';
import type { WaitClock } from '../../src/lightsail/wait-clock.js';

interface Alarm {
  readonly at: number;
  readonly ring: () => void;
}

/** A clock that moves only when everybody waits for it. */
export class VirtualClock implements WaitClock {
  readonly #alarms = new Set<Alarm>();

  /** @param start - in milliseconds */
  constructor(private time = 0) {}

  now(): number {
    return this.time;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const alarm = { at: this.time + ms, ring: resolve };
      this.#alarms.add(alarm);
      signal?.addEventListener('abort', () => {
        if (this.#alarms.delete(alarm)) resolve();
      });
    });
  }

  /** Runs until nobody waits any more, or for so long. */
  async run(ms: number): Promise<void> {
    const until = this.time + ms;
    for (;;) {
      await settle();
      const next = [...this.#alarms].reduce<Alarm | undefined>(
        (a, b) => (a === undefined || b.at < a.at ? b : a),
        undefined,
      );
      if (next === undefined || next.at > until) break;
      this.#alarms.delete(next);
      this.time = next.at;
      next.ring();
    }
    this.time = until;
  }

  /** Runs until the work is done. */
  async finish<T>(work: Promise<T>): Promise<T> {
    let isDone = false;
    const done = work.finally(() => {
      isDone = true;
    });
    done.catch(() => undefined);
    while (!isDone) await this.run(100);
    return done;
  }
}
