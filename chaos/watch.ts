import type { Simulator } from '../src/simulator/index.js';
import { type Peak, UPDATE } from './evidence.js';
import type { Moment } from './script/index.js';

/** Between two looks at the simulator, in milliseconds. */
const TICK = 8;

/** Looks at a simulator all the time: what happens when, and how many instances are in change at once. */
export class Watch {
  readonly #start = Date.now();
  readonly #waiting = new Set<{ readonly moment: Moment; readonly go: (hasCome: boolean) => void }>();
  readonly #timer: NodeJS.Timeout;
  /** Instances that stay pending by a fault, or because others hold them there. */
  readonly #stuck = new Set<string>();
  #peak: Peak = { total: 0, perScope: 0 };

  /** @param timeout - after which a change that isn't applied has failed, in milliseconds */
  constructor(
    private readonly simulator: Simulator,
    private readonly timeout: number,
  ) {
    this.#timer = setInterval(() => this.#look(), TICK);
  }

  get peak(): Peak {
    return this.#peak;
  }

  /** Whether it has come; false where it won't any more. */
  until(moment: Moment): Promise<boolean> {
    return new Promise((go) => this.#waiting.add({ moment, go }));
  }

  /** What is still waited for won't come any more. */
  release(): void {
    for (const { go } of this.#waiting) go(false);
    this.#waiting.clear();
  }

  end(): void {
    clearInterval(this.#timer);
    this.release();
  }

  #look(): void {
    const updates = this.simulator.state.calls({ operation: UPDATE });
    for (const waiting of this.#waiting) {
      const { moment } = waiting;
      const isDue = 'ms' in moment ? Date.now() - this.#start >= moment.ms : updates.length >= moment.updates;
      if (!isDue) continue;
      this.#waiting.delete(waiting);
      waiting.go(true);
    }
    const sentAt = new Map<string, number>();
    for (const { region, instanceName, effect, at } of updates) {
      const key = `${region}/${instanceName}`;
      sentAt.set(key, at);
      if (effect === 'stuckPending') this.#stuck.add(key);
    }
    const scopes = new Map<string, number>();
    for (const { region, name, metadataOptions } of this.simulator.state.instances()) {
      const key = `${region}/${name}`;
      const since = sentAt.get(key);
      if (metadataOptions?.state !== 'pending' || since === undefined || this.#stuck.has(key)) continue;
      if (Date.now() - since > this.timeout) continue;
      scopes.set(region, (scopes.get(region) ?? 0) + 1);
    }
    const counts = [...scopes.values()];
    const total = counts.reduce((sum, count) => sum + count, 0);
    this.#peak = {
      total: Math.max(this.#peak.total, total),
      perScope: Math.max(this.#peak.perScope, ...counts),
    };
  }
}
