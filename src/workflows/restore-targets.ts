import { chunk, MAX_BATCH } from '../rollout/batch.js';
import type { RestoreResult } from '../rollout/outcome.js';
import type { RestoreSettings } from '../rollout/rollback.js';
import { RESTORE_STAGE } from '../rollout/spec-schema.js';
import type { RestoreTarget } from '../rollout/target.js';
import { countRevert } from './metrics.js';
import type { Run } from './run.js';
import { BATCH_ENDED, runBatch } from './run-batch.js';

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
    const input = { mode: 'restore', targets, concurrency, settings, keepTokens } as const;
    const result = await runBatch(state, undefined, `${RESTORE_STAGE}/${n + 1}`, input);
    const results = result?.mode === 'restore' ? result.results : targets.map(() => LOST);
    countRestores(results);
    for (const [index, target] of targets.entries()) {
      const restore = results[index];
      if (restore) ledger.amend(target.arn, { restore });
    }
    state.show();
  }
}

const LOST: RestoreResult = { outcome: { kind: 'restore-failed' }, detail: BATCH_ENDED };

export function countRestores(results: readonly (RestoreResult | null | undefined)[]): void {
  for (const result of results) if (result) countRevert(result.outcome.kind);
}
