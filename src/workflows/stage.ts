import { chunk, countKinds, MAX_BATCH } from '../rollout/batch.js';
import { failuresLeft } from '../rollout/budget.js';
import { isOld } from '../rollout/evidence.js';
import type { Ledger } from '../rollout/ledger.js';
import type { TargetResult } from '../rollout/outcome.js';
import type { PlannedStage } from '../rollout/plan.js';
import type { RolloutSpec } from '../rollout/spec.js';
import type { Watched } from '../rollout/watch-groups.js';
import { now } from './clock.js';
import { waitForLook, waitUntilOpen } from './holds.js';
import { lookBefore, looksBefore } from './judge.js';
import { countOutcomes } from './metrics.js';
import { countRestores } from './restore-targets.js';
import type { Run } from './run.js';
import { BATCH_ENDED, runBatch } from './run-batch.js';
import { outdatedOf, weighBefore } from './weigh.js';

/** Applies a stage, batch after batch, until it is done or the rollout has to stop. */
export async function applyStage(run: Run, index: number, stage: PlannedStage): Promise<void> {
  const { state, spec, ledger, watch, reverts } = run;
  const waiting = chunk(stage.targets, batchSize(spec, stage));
  for (let n = 0, planned = waiting.shift(); planned !== undefined; n += 1, planned = waiting.shift()) {
    await waitUntilOpen(state);
    if (state.stop !== undefined) return;
    state.enter('applying');
    const members = await lookUntilOpen(
      run,
      index,
      planned.map((target) => ({ stage: stage.name, target })),
    );
    if (state.stop !== undefined) return;
    if (members.length === 0) continue;
    watch.add(members);
    const targets = members.map(({ target }) => target);
    state.isInterrupted = false;
    const result = await runBatch(state, index, `${stage.name}/${n + 1}`, {
      mode: 'apply',
      targets,
      concurrency: { total: stage.concurrency, perScope: spec.concurrency.perScope },
      settings: spec.apply,
      keepTokens: spec.rollback.keepTokens,
      deniedFor: spec.credentials.wait,
      failuresLeft: stageFailuresLeft(spec, ledger, index),
      revertFailed: spec.failure.revert !== 'none',
      hold: { number: 0, ...state.hold },
    });
    const ended = result?.mode === 'apply' ? result.results : targets.map(() => LOST);
    const results = state.isInterrupted && state.stop === undefined ? ended.map(nameBegun) : ended;
    // What waited when keys were refused is checked anew, as the hosts may have changed meanwhile: in a batch of its own.
    const isLeft = (at: number) => state.isInterrupted && state.stop === undefined && isNotStarted(results[at]);
    const left = targets.filter((_, at) => isLeft(at));
    const done = results.filter((_, at) => !isLeft(at));
    if (left.length > 0) waiting.unshift(left);
    ledger.recordBatch(
      index,
      targets.filter((_, at) => !isLeft(at)),
      done,
    );
    countOutcomes(countKinds(done.map(({ outcome }) => outcome.kind)));
    countRestores(done.map(({ restore }) => restore));
    reverts.takeOver();
    if (result?.mode === 'apply' && done.some(isNotStarted) && state.stop === undefined) {
      state.halt({ reason: `batch ${stage.name}/${n + 1} was cancelled from outside`, restore: false });
    }
    state.show();
  }
  ledger.finishStage(index);
}

/** What is looked at before its change is so at most about this many changes earlier. */
const TURNS_AHEAD = 20;

function batchSize(spec: RolloutSpec, { concurrency }: PlannedStage): number {
  return looksBefore(spec) || spec.evidence !== 'off'
    ? Math.min(MAX_BATCH, Math.max(100, TURNS_AHEAD * concurrency))
    : MAX_BATCH;
}

/**
 * Looks at targets before their change: whether their evidence still holds, and their health. And anew after a hold in
 * which any of them may have fallen ill, or has begun to use IMDSv1.
 */
async function lookUntilOpen(run: Run, index: number, planned: readonly Watched[]): Promise<readonly Watched[]> {
  const { state, spec } = run;
  const isOldAfter = spec.health.interval * spec.health.failureThreshold;
  for (let members = planned; ; ) {
    const begun = now();
    members = await weighBefore(run, index, members);
    if (state.stop !== undefined) return members;
    const weighed = now();
    const look = lookBefore(run, index, members);
    await waitForLook(state, look);
    members = await look;
    const since = now();
    await waitUntilOpen(state);
    if (state.stop !== undefined) return members;
    // What was read in this round is old only if it has waited since: a reading of many may itself take an hour.
    const isOutdated = isOld(weighed, now()) || outdatedOf(run, members, begun).length > 0;
    if (now() - since < isOldAfter && !isOutdated) return members;
  }
}

/** A batch that was ended from outside says nothing of its targets: any of them may have been changed. */
const LOST: TargetResult = {
  outcome: { kind: 'failed', reason: 'unexpected' },
  detail: BATCH_ENDED,
  wrote: true,
};

/** One that a batch of its own may not begin anew: an Update of it may have been sent, which only this result knows. */
function nameBegun(result: TargetResult): TargetResult {
  if (!isNotStarted(result) || !result.wrote) return result;
  return { outcome: { kind: 'failed', reason: 'unconfirmed' }, detail: MAY_BE_SENT, wrote: true };
}

const MAY_BE_SENT = 'an Update may have been sent, and was not seen applied';

function isNotStarted(result: TargetResult | undefined): boolean {
  const outcome = result?.outcome;
  return outcome?.kind === 'skipped' && outcome.reason === 'not-started';
}

function stageFailuresLeft(spec: RolloutSpec, ledger: Ledger, index: number): number {
  const tallies = ledger.tallies();
  const tally = tallies[index];
  const failedInRun = tallies.reduce((sum, { failed }) => sum + failed, 0);
  return tally === undefined ? 0 : failuresLeft(spec.failure, tally, failedInRun);
}
