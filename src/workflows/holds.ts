import { CancellationScope, condition, sleep } from '@temporalio/workflow';
import { provedNothing } from '../rollout/budget.js';
import { formatDuration } from '../rollout/duration.js';
import type { Ledger } from '../rollout/ledger.js';
import { approvalReminders } from '../rollout/notification.js';
import type { PlannedStage } from '../rollout/plan.js';
import { countOf, type Waiting } from '../rollout/status.js';
import { isoTime, now } from './clock.js';
import { missingHealth } from './held-by.js';
import type { RunState } from './run-state.js';

/** Waits for the stage's bake time, where there is something to watch. */
export async function bake(state: RunState, ledger: Ledger, index: number, stage: PlannedStage): Promise<void> {
  if (stage.bake === 0 || ledger.changedIn(index) === 0) return;
  const timer = { ms: stage.bake, summary: `bake ${stage.name}` };
  await hold(state, { for: 'bake', reason: `stage ${stage.name}` }, () => state.mayPass('bake'), timer);
}

/** Waits until an operator lets the stage start; without an answer in time the rollout halts, or goes back. */
export async function waitForApproval(state: RunState, stage: PlannedStage): Promise<void> {
  if (stage.approval === undefined) return;
  const { timeout, onTimeout } = stage.approval;
  const timer = timeout === undefined ? undefined : { ms: timeout, summary: `approval of ${stage.name}` };
  const reminding = remind(state, stage, timeout);
  const answered = await hold(
    state,
    { for: 'approval', reason: `stage ${stage.name}, ${countOf(stage.targets.length, 'target')}: approve or reject` },
    () => state.mayPass('approval'),
    timer,
  );
  reminding.cancel();
  if (answered || timeout === undefined) return;
  const reason = `stage ${stage.name} was not approved within ${formatDuration(timeout)}`;
  state.halt({ reason, restore: onTimeout === 'rollback' });
}

/** @returns what to cancel when the approval has been answered */
function remind(state: RunState, { name }: PlannedStage, timeout: number | undefined): CancellationScope {
  const scope = new CancellationScope();
  for (const { afterMs, what } of timeout === undefined ? [] : approvalReminders(timeout)) {
    scope
      .run(() => sleep(afterMs, { summary: `reminder for the approval of ${name}` }))
      .then(() => state.notifier?.tell('approval', { what: `stage ${name}: ${what}`, reminder: true }))
      .catch(() => undefined);
  }
  return scope;
}

/**
 * Waits while instances are looked at; shown as a hold of kind health as long as some of them can't be read.
 *
 * @param look - must end where the rollout has to stop
 * @param idle - shown while all of them can be read, as a prolongation of the bake that an operator may skip; left out,
 * nothing is
 */
export async function waitForLook(state: RunState, look: Promise<unknown>, idle?: string): Promise<void> {
  let isOver = false;
  look
    .catch(() => undefined)
    .finally(() => {
      isOver = true;
    });
  const isMissing = () => missingHealth(state.sight) !== undefined;
  while (!isOver && state.stop === undefined) {
    const missing = missingHealth(state.sight);
    if (missing !== undefined) await hold(state, missing, () => isOver || !isMissing());
    else if (idle === undefined) await condition(() => isOver || isMissing() || state.stop !== undefined);
    else {
      const isSkipped = () => state.mayPass('bake');
      await hold(state, { for: 'bake', reason: idle }, () => isOver || isMissing() || isSkipped());
      if (!isOver && !isMissing()) return;
    }
  }
  if (isOver) await look;
}

/** Waits while no new change may start: a pause, a closed window, a freeze, missing health readings. */
export async function waitUntilOpen(state: RunState): Promise<void> {
  for (let held = state.heldBy(); held !== undefined && state.stop === undefined; held = state.heldBy()) {
    const { for: kind } = held;
    await hold(state, held, () => state.heldBy()?.for !== kind);
  }
}

/** A sized stage that had targets and changed none proves nothing of the next one: an operator decides. */
export async function waitForEvidence(
  state: RunState,
  ledger: Ledger,
  index: number,
  stages: readonly PlannedStage[],
): Promise<void> {
  const stage = stages[index];
  const isLast = stages.slice(index + 1).every(({ targets }) => targets.length === 0);
  if (stage === undefined) return;
  if (!provedNothing({ size: stage.targets.length, changed: ledger.changedIn(index), isLast })) return;
  const reason = `stage ${stage.name} changed none of its ${countOf(stage.targets.length, 'target')}, so it proves nothing: approve or abort`;
  await hold(state, { for: 'evidence', reason }, () => state.mayPass('evidence'));
}

/** Waits until the undo file is written, or an operator goes on without it. */
export async function waitForJournal(state: RunState, why: string): Promise<void> {
  const reason = `${why}. Free its disk, or approve or abort`;
  await hold(state, { for: 'journal', reason }, () => state.journal === undefined || state.mayPass('journal'));
}

/**
 * The one way to wait: shown in the status, and ended at once where the rollout has to stop.
 *
 * @returns false where the timer ran out
 */
async function hold(
  state: RunState,
  why: Pick<Waiting, 'for' | 'reason' | 'until'>,
  isOver: () => boolean,
  timer?: { readonly ms: number; readonly summary: string },
): Promise<boolean> {
  if (state.stop !== undefined) return true;
  const since = now();
  const phase = state.phase;
  state.enter('waiting');
  state.wait({ ...why, since: isoTime(since), ...(timer !== undefined && { until: isoTime(since + timer.ms) }) });
  const isDone = () => isOver() || state.stop !== undefined;
  const done =
    timer === undefined
      ? await condition(isDone).then(() => true)
      : await condition(isDone, timer.ms, { summary: timer.summary });
  state.wait(null);
  state.enter(phase);
  return done;
}
