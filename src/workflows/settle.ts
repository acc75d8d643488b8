import { waitForLook } from './holds.js';
import { judge } from './judge.js';
import type { Run } from './run.js';

/**
 * Goes on only when no changed instance of these stages is in doubt: one that fails its checks now is well again by then,
 * or has failed.
 */
export async function settle(run: Run, stages: readonly number[]): Promise<void> {
  const { state, plan, ledger, watch } = run;
  if (state.stop !== undefined) return;
  const members = stages.flatMap((index) =>
    ledger.standing(index).map((target) => ({ stage: plan.stages[index]?.name ?? '', target })),
  );
  if (run.looker.watchable(members).length === 0) return;
  let isSkipped = false;
  const look = judge(run, {
    mode: 'settle',
    members,
    onUnhealthy: (unhealthy) => watch.fail(unhealthy),
    isLeft: () => isSkipped,
  });
  await waitForLook(state, look, 'one more look at what was changed');
  isSkipped = true;
  await look;
}
