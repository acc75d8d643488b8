import { healthAfter } from './health.js';
import { recordHistory } from './history.js';
import type { SimulatedInstance } from './instance.js';
import type { OptionChange } from './option-change.js';
import { defaultOptions } from './options.js';

/** Puts a change on an instance, with what it does to its health; `harmAfterMs` as in {@link healthAfter}. */
export function putChange(instance: SimulatedInstance, change: OptionChange, now: number, harmAfterMs?: number): void {
  // Options that replies leave out are there all the same.
  const unknown = defaultOptions(instance.blueprint, instance.region);
  const { from = unknown, to = unknown, appliedAt, revertsAt } = change;
  const bearing = { from, to, appliedAt: Math.max(now, appliedAt), revertsAt };
  instance.health = healthAfter(instance.health, bearing, now, harmAfterMs);
  instance.change = change;
  recordHistory(instance, now);
}
