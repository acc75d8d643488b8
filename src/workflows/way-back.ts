import { countTargets } from '../rollout/plan.js';
import { restoreSettingsOf } from '../rollout/rollback.js';
import { writeJournal } from './journal.js';
import { restoreTargets } from './restore-targets.js';
import type { Run } from './run.js';
import type { RunState } from './run-state.js';

/**
 * Takes back what is to go back, until nothing is and the undo file says so: an abort or a revert may come while that is
 * written, and is carried out too before the end.
 */
export async function comeToRest(run: Run): Promise<void> {
  const { state, plan, reverts } = run;
  const hasMore = () =>
    state.stop?.restore === true || reverts.isUnderWay || (mayTakeBack(state) && reverts.left.length > 0);
  for (;;) {
    const isBack = await takeBack(run);
    if (countTargets(plan) > 0) await writeJournal(state);
    if (isBack || !hasMore()) return;
  }
}

/**
 * Everything, where the rollout goes back; otherwise the targets that a stop has left on their way back.
 *
 * @returns whether it was everything
 */
async function takeBack(run: Run): Promise<boolean> {
  const { state, spec, ledger, reverts } = run;
  await reverts.drained();
  const hasOwn = state.stop?.restore !== true && mayTakeBack(state);
  const left = new Set(hasOwn ? reverts.left.splice(0).map(({ arn }) => arn) : []);
  // Last changed first, as a way back always goes.
  const own = ledger.toRestore().filter(({ arn }) => left.has(arn));
  if (own.length > 0) await restoreTargets(run, own, restoreSettingsOf(spec));
  // Meanwhile an abort may have asked for the whole.
  if (state.stop?.restore !== true) return false;
  await restoreTargets(run, ledger.toRestore(), restoreSettingsOf(spec));
  return true;
}

/** Nothing beside a batch that goes on by itself. */
function mayTakeBack({ halted }: RunState): boolean {
  return halted?.adrift === undefined;
}
