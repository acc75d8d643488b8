import { ApplicationFailure, allHandlersFinished, CancellationScope, condition } from '@temporalio/workflow';
import { wellFormed } from '../rollout/clean.js';
import {
  type CheckedRollback,
  DEFAULT_KEYS_WAIT,
  nameOfUndo,
  parseRollback,
  selectEntries,
} from '../rollout/rollback.js';
import { scopesOf } from '../rollout/scope.js';
import { countOf, type RolloutResult } from '../rollout/status.js';
import { countDowngrades, undoPlan } from '../rollout/undo.js';
import { closing, conclude } from './ending.js';
import { KeyWatch } from './key-watch.js';
import { giveBack, Leases } from './lease.js';
import { remember } from './memo.js';
import { openSeries } from './metrics.js';
import { Notifier } from './notify.js';
import { leaseWait } from './prepare.js';
import { readUndo, type Undo } from './read-undo.js';
import { refusedInput } from './refused-input.js';
import { restoreTargets } from './restore-targets.js';
import { leaveRest, registerRollbackHandlers } from './rollback-handlers.js';
import { RunState } from './run-state.js';
import { Upload } from './upload.js';

/**
 * Takes back what rollouts have changed, however they ended: from their histories, or from an undo file that is
 * uploaded. Safe to run twice: what is back already is read and left alone, and what was changed elsewhere too.
 *
 * @param input - `{ rollouts: [{ workflowId, runId? }], only?, keepTokens?, concurrency?, wait? }`
 * @returns the result of a rollback that took everything back; any other end is a failure: `RollbackIncomplete`,
 * `RolloutAborted`, `RolloutHalted` (it was reset), `InvalidRollback`, `EditedFile`, `HistoryGone`, `NothingToRollBack`, `RolloutOpen`,
 * `ScopeBusy`
 */
export async function imdsRollback(input: unknown): Promise<RolloutResult> {
  const state = new RunState();
  state.isRollback = true;
  const upload = new Upload();
  registerRollbackHandlers(state, upload);
  // A cancellation is an abort: what is in flight is finished first, so everything runs out of its reach.
  CancellationScope.current().cancelRequested.catch(() => {
    state.cancelled = true;
    void leaveRest(state, { by: 'Temporal cancellation' });
  });
  return CancellationScope.nonCancellable(async () => {
    openSeries();
    try {
      return await closing(state, () => rollBack(state, accept(input), upload));
    } finally {
      await condition(allHandlersFinished);
    }
  });
}

async function rollBack(state: RunState, wanted: CheckedRollback, upload: Upload): Promise<RolloutResult> {
  const { upload: uploaded, rollouts } = wanted;
  remember({ spec: uploaded ? nameOfUndo(uploaded.file) : rollouts.map(({ workflowId }) => workflowId).join(', ') });
  const undo = uploaded ? await upload.complete(state, uploaded) : await readUndo(state, rollouts);
  state.name = undo.name;
  state.keysWait = undo.credentials?.wait ?? DEFAULT_KEYS_WAIT;
  state.keyWatch = new KeyWatch(state);
  if (undo.notify !== undefined) state.notifier = new Notifier(state, undo.notify);
  const { plan, ledger, settings } = prepareRollback(state, wanted, undo);
  remember({ spec: undo.name, planHash: plan.hash });
  // Nothing holds up a rollback.
  const leases = new Leases({ note: (event) => state.note(event), hold: () => undefined });
  try {
    const targets = ledger.toRestore();
    await leases.take(scopesOf(targets.map(({ arn }) => arn)), leaseWait(state, wanted.wait));
    state.wait(null);
    await restoreTargets({ state, ledger }, targets, settings);
    // What a batch that was ended from outside has left is named one by one: it is a way back that isn't whole.
    if (state.halted?.adrift === undefined) state.halted &&= { ...state.halted, restore: true };
    return conclude(state, plan, ledger);
  } finally {
    await giveBack(state, leases);
  }
}

/** Enters in the books what is to be taken back, as changed. */
function prepareRollback(state: RunState, { only, keepTokens, concurrency }: CheckedRollback, undo: Undo) {
  // Aborted before it was read whole, nothing of it is taken back.
  const selected = state.stop === undefined ? selectEntries(undo.entries, only) : { entries: [] };
  if ('refusal' in selected) throw ApplicationFailure.nonRetryable(wellFormed(selected.refusal), 'InvalidRollback');
  const { entries } = selected;
  const settings = {
    ...undo.restore,
    ...(keepTokens !== undefined && { keepTokens }),
    ...(concurrency !== undefined && { concurrency: { ...undo.restore.concurrency, total: concurrency } }),
  };
  const plan = { ...undoPlan(entries), warnings: undo.warnings };
  const ledger = state.begin(plan);
  const confirmed = new Set(entries.filter((entry) => entry.confirmed).map(({ target }) => target.arn));
  for (const [index, { targets }] of plan.stages.entries()) {
    ledger.recordBatch(
      index,
      targets,
      targets.map(({ arn }) => ({
        outcome: { kind: 'changed' },
        wrote: true,
        ...(confirmed.has(arn) && { confirmed: true }),
      })),
    );
  }
  const downgrades = countDowngrades(entries, settings.keepTokens);
  const what = `${countOf(entries.length, 'target')} to take back`;
  state.note(entries.length === 0 ? 'nothing to take back' : `${what}, ${downgrades} of them to IMDSv1`);
  return { plan, ledger, settings };
}

function accept(input: unknown): CheckedRollback {
  const check = parseRollback(input);
  if (check.ok) return check.rollback;
  const refused = { what: 'The rollback', type: 'InvalidRollback', remedy: 'Correct its input, then start again.' };
  throw refusedInput(refused, check.problems);
}
