import type { ChangeSession } from './change-session.js';
import type { End } from './temporal-protocol.js';

/** What the activities have said of the targets of one stage, each by its ARN. */
export class StageTally {
  readonly failed = new Set<string>();
  /** Changed, or failed: whatever proves something. */
  readonly attempted = new Set<string>();
  readonly changed = new Set<string>();
  /** When the last of them ended, in milliseconds since the epoch. */
  lastAt = 0;

  /** @param isCancelled - its cancellation was asked for, so that an end which says nothing is followed up */
  add(arn: string, end: End, isCancelled: boolean, at: number): void {
    this.lastAt = at;
    const outcome = end.how === 'completed' ? outcomeOf(end.value) : undefined;
    const saysNothing = end.how === 'cancelled' || (end.how === 'failed' && end.type !== 'TargetFailed');
    const hasFailed = outcome === 'failed' || (end.how !== 'completed' && !(isCancelled && saysNothing));
    if (hasFailed) this.failed.add(arn);
    if (outcome === 'changed') this.changed.add(arn);
    if (hasFailed || outcome === 'changed') this.attempted.add(arn);
  }
}

/** What the change of a target has come to, as its activity says it. */
export function outcomeOf(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('outcome' in value)) return undefined;
  const { outcome } = value;
  return typeof outcome === 'object' && outcome !== null && 'kind' in outcome ? outcome.kind : undefined;
}

/** Whether an activity that hasn't written yet may still do so. */
export function mayStillWrite(change: ChangeSession | undefined, cancelRequested: boolean): boolean {
  return change?.wrote === false && !cancelRequested;
}
