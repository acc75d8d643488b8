import type { FleetInstance } from '../rollout/instance.js';
import { type Scope, scopeKey } from '../rollout/scope.js';

/** A reading that was asked for so many milliseconds ago is good enough to write on. */
export const FRESH = 1_000;

/** No answer comes so long after it was asked for, in milliseconds; see DEFAULT_REQUEST_TIMEOUT_MS. */
const LONG_PAST = 60_000;

/** One instance as it was read. */
export interface Sighting {
  /** Undefined: there is no instance of that name. */
  readonly instance: FleetInstance | undefined;
  /** When it was asked for, by the monotonic clock, in milliseconds: what it shows is no newer, however late the answer came. */
  readonly asked: number;
}

/** Readings of one answer, by name; of one name there may be others, of another place. */
export interface Answer {
  readonly asked: number;
  readonly byName: Map<string, readonly FleetInstance[]>;
}

/** What was read in the last second, and which of it is no longer true. */
export class RecentReadings {
  #answers: Answer[] = [];
  /** By name: when an Update was last sent or answered. */
  readonly #written = new Map<string, number>();

  add(answer: Answer): void {
    this.#answers = [...this.#answers.filter(({ asked }) => asked >= answer.asked - FRESH), answer];
  }

  find(name: string, since: number, scope?: Scope): Sighting | undefined {
    for (const { asked, byName } of this.#answers.toReversed()) {
      const instance = findIn(byName.get(name), scope);
      if (instance !== undefined && asked >= since && this.isTrue(name, asked)) return { instance, asked };
    }
    return undefined;
  }

  /** An Update of it is sent, or has been answered: what was asked for until now is no longer true. */
  forget(name: string, now: number): void {
    for (const { byName } of this.#answers) byName.delete(name);
    this.#written.delete(name);
    this.#written.set(name, now);
    for (const [other, at] of this.#written) {
      if (at >= now - LONG_PAST) break;
      this.#written.delete(other);
    }
  }

  /** Whether a reading that was asked for at this time can still be true. */
  isTrue(name: string, asked: number): boolean {
    return asked >= (this.#written.get(name) ?? Number.NEGATIVE_INFINITY);
  }
}

/** The one of that place, where it is known. */
export function findIn(instances: readonly FleetInstance[] = [], scope?: Scope): FleetInstance | undefined {
  return instances.find((instance) => scope === undefined || scopeKey(instance) === scopeKey(scope));
}
