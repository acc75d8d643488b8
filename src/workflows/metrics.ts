import { ApplicationFailure, metricMeter } from '@temporalio/workflow';
import { METRICS, type MetricDefinition } from '../rollout/metrics.js';
import { OUTCOME_KINDS, type OutcomeKind, RESTORE_KINDS, type RestoreOutcome } from '../rollout/outcome.js';
import type { Ended } from '../rollout/status.js';

/** How a rollout ended, or what kept it from beginning; `unexpected` is a failure that has none of our types. */
export type RunEnd = Ended | 'plan-failed' | 'scope-busy' | 'invalid-spec' | 'unexpected';

const RUN_ENDS = [
  'completed',
  'rolled-back',
  'rollback-incomplete',
  'halted',
  'aborted',
  'plan-failed',
  'scope-busy',
  'invalid-spec',
  'unexpected',
] as const satisfies readonly RunEnd[];

const END_BY_FAILURE: ReadonlyMap<string, RunEnd> = new Map([
  ['RolloutRolledBack', 'rolled-back'],
  ['RollbackIncomplete', 'rollback-incomplete'],
  ['RolloutHalted', 'halted'],
  ['RolloutAborted', 'aborted'],
  ['PlanFailed', 'plan-failed'],
  ['ScopeBusy', 'scope-busy'],
  ['InvalidRolloutSpec', 'invalid-spec'],
]);

/**
 * Shows every series at 0, once, when a run begins: Prometheus sees an increase only between two values, and the first
 * failure of a worker's life would otherwise be the first value.
 *
 * All functions of this file say nothing during a replay.
 */
export function openSeries(): void {
  for (const ended of RUN_ENDS) counter(METRICS.runs).add(0, { ended });
  for (const outcome of OUTCOME_KINDS) counter(METRICS.instances).add(0, { outcome });
  for (const outcome of RESTORE_KINDS) counter(METRICS.reverts).add(0, { outcome });
}

/** Counts a run that has ended. */
export function countRun(ended: RunEnd): void {
  counter(METRICS.runs).add(1, { ended });
}

/**
 * What a failure of the workflow says of the run, for {@link countRun}. A cancelled one is an abort.
 *
 * @example try { … } catch (error) { countRun(endOfFailure(error)); throw error; }
 */
export function endOfFailure(error: unknown): RunEnd {
  if (error instanceof ApplicationFailure) return END_BY_FAILURE.get(error.type ?? '') ?? 'unexpected';
  return error instanceof Error && error.name === 'CancelledFailure' ? 'aborted' : 'unexpected';
}

/**
 * Counts outcomes as instances come to them: of a batch when it ends, so that a failure shows long before the run has
 * ended, and of one target when its outcome changes later.
 *
 * @param kinds - a number by kind; `total` and `inFlight` of counts are left alone
 */
export function countOutcomes(kinds: Partial<Record<OutcomeKind, number>>): void {
  for (const outcome of OUTCOME_KINDS) {
    const count = kinds[outcome] ?? 0;
    if (count > 0) counter(METRICS.instances).add(count, { outcome });
  }
}

/** @param seconds - from the start of a stage until every target of it was done, without its bake */
export function recordStage(seconds: number): void {
  const { name, description } = METRICS.stageDuration;
  metricMeter.createHistogram(name, 'float', undefined, description).record(Math.max(0, seconds));
}

/** Counts an instance that was to be taken back. */
export function countRevert(outcome: RestoreOutcome['kind']): void {
  counter(METRICS.reverts).add(1, { outcome });
}

function counter({ name, description }: MetricDefinition) {
  return metricMeter.createCounter(name, undefined, description);
}
