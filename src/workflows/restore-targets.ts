import { chunk, MAX_BATCH } from '../rollout/batch.js';
import type { RestoreResult } from '../rollout/outcome.js';
import type { RestoreSettings } from '../rollout/rollback.js';
import { RESTORE_STAGE } from '../rollout/spec-schema.js';
import type { RestoreTarget } from '../rollout/target.js';
import { keysMissing } from './change-target.js';
import { countRevert } from './metrics.js';
import type { Run } from './run.js';
import { BATCH_ENDED, runBatch } from './run-batch.js';
import type { RunState } from './run-state.js';

/**
 * Takes these targets back, in this order. Nothing holds it; where it is a rollback of its own, an abort ends it, and
 * leaves what hasn't been begun.
 */
export async function restoreTargets(
  { state, ledger }: Pick<Run, 'state' | 'ledger'>,
  all: readonly RestoreTarget[],
  { keepTokens, settings, concurrency }: RestoreSettings,
): Promise<void> {
  state.enter('reverting');
  if (state.paused !== undefined) {
    state.paused = undefined;
    state.note('resume', { reason: 'a pause does not hold the way back' });
  }
  for (const [n, targets] of chunk(all, MAX_BATCH).entries()) {
    if (state.isLeft) return;
    const results = await restoreBatch(state, n + 1, targets, { keepTokens, settings, concurrency });
    countRestores(results);
    for (const [index, target] of targets.entries()) {
      const restore = results[index];
      if (restore) ledger.amend(target.arn, { restore });
    }
    state.show();
  }
}

/** One batch after the other; none where keys were waited for in vain. What such a batch has not begun is named. */
async function restoreBatch(
  state: RunState,
  number: number,
  targets: readonly RestoreTarget[],
  how: RestoreSettings,
): Promise<readonly (RestoreResult | null)[]> {
  const before = state.keys.givenUp;
  if (before !== undefined && !state.isLeft) return targets.map(() => keysMissing(before.refused));
  const input = { mode: 'restore', targets, ...how, deniedFor: state.keysWait } as const;
  const result = await runBatch(state, undefined, `${RESTORE_STAGE}/${number}`, input);
  if (result?.mode !== 'restore') return targets.map(() => LOST);
  const missing = state.keys.givenUp;
  if (missing === undefined || state.isLeft) return result.results;
  return result.results.map((each) => each ?? keysMissing(missing.refused));
}

const LOST: RestoreResult = { outcome: { kind: 'restore-failed' }, detail: BATCH_ENDED };

export function countRestores(results: readonly (RestoreResult | null | undefined)[]): void {
  for (const result of results) if (result) countRevert(result.outcome.kind);
}
