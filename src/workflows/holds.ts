import { condition } from '@temporalio/workflow';
import { provedNothing } from '../rollout/budget.js';
import type { Ledger } from '../rollout/ledger.js';
import type { PlannedStage } from '../rollout/plan.js';
import { countOf, type Waiting } from '../rollout/status.js';
import { isoTime, now } from './clock.js';
import type { RunState } from './run-state.js';

/** Waits for the stage's bake time, where there is something to watch, or until the rollout has to stop. */
export async function bake(state: RunState, ledger: Ledger, index: number, stage: PlannedStage): Promise<void> {
  if (stage.bake === 0 || state.stop !== undefined || ledger.changedIn(index) === 0) return;
  const timer = { ms: stage.bake, summary: `bake ${stage.name}` };
  await hold(state, { for: 'bake', reason: `stage ${stage.name}` }, () => false, timer);
}

export async function waitWhilePaused(state: RunState): Promise<void> {
  const { paused } = state;
  if (paused === undefined || state.stop !== undefined) return;
  await hold(
    state,
    { for: 'paused', ...(paused.reason !== undefined && { reason: paused.reason }) },
    () => state.paused === undefined,
  );
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
  if (stage === undefined || state.stop !== undefined) return;
  if (!provedNothing({ size: stage.targets.length, changed: ledger.changedIn(index), isLast })) return;
  const reason = `stage ${stage.name} changed none of its ${countOf(stage.targets.length, 'target')}, so it proves nothing: approve or abort`;
  await hold(state, { for: 'evidence', reason }, () => state.approvedStage === index);
}

/** The one way to wait: shown in the status, and ended at once where the rollout has to stop. */
async function hold(
  state: RunState,
  why: Pick<Waiting, 'for' | 'reason'>,
  isOver: () => boolean,
  timer?: { readonly ms: number; readonly summary: string },
): Promise<void> {
  const since = now();
  const phase = state.phase;
  state.enter('waiting');
  state.wait({ ...why, since: isoTime(since), ...(timer !== undefined && { until: isoTime(since + timer.ms) }) });
  const isDone = () => isOver() || state.stop !== undefined;
  if (timer === undefined) await condition(isDone);
  else await condition(isDone, timer.ms, { summary: timer.summary });
  state.wait(null);
  state.enter(phase);
}
