import { ApplicationFailure, Context } from '@temporalio/activity';
import { ApplicationFailureCategory } from '@temporalio/common';
import { monotonicNow } from '../lightsail/index.js';
import { wellFormed } from '../rollout/clean.js';
import type { WatchInput, WatchReport } from '../rollout/health.js';
import { cutReason } from '../rollout/outcome.js';
import { describeRound, type Kept, takeRound } from '../rollout/watch-round.js';
import type { ActivityDeps } from './deps.js';
import { attemptEnded } from './failures.js';
import { readRound } from './watch-round.js';

/** The type of the failure by which a watch without news has itself called again. */
const WATCH_GOES_ON = 'WatchGoesOn';

/** The least time between two rounds, in milliseconds, where reading takes as long as the interval. */
const LEAST_REST = 100;

/**
 * Reads all instances once, and reports what the rollout has to know. Where that is nothing the attempt fails, benignly,
 * and Temporal calls the next one after the interval: so a watch of days holds no slot and adds nothing to the history.
 *
 * What AWS or an instance answers is never an error: what can't be read is inconclusive.
 */
export function createWatch(deps: ActivityDeps) {
  return async function lightsailImdsWatch(input: WatchInput): Promise<WatchReport> {
    const context = Context.current();
    const { attempt, heartbeatDetails } = context.info;
    const begun = monotonicNow();
    const rounds = await readRound(deps, input, context);
    // A round that was cut off counts for nothing.
    if (context.cancellationSignal.aborted) throw attemptEnded();
    const result = takeRound(input, rounds, attempt, heartbeatDetails as Kept | undefined);
    if ('report' in result) return result.report;
    if (result.kept !== undefined) context.heartbeat(result.kept);
    const rest = Math.max(LEAST_REST, Math.round(input.interval - (monotonicNow() - begun)));
    throw ApplicationFailure.create({
      type: WATCH_GOES_ON,
      message: wellFormed(cutReason(describeRound(input, rounds, rest))),
      category: ApplicationFailureCategory.BENIGN,
      nextRetryDelay: rest,
    });
  };
}
