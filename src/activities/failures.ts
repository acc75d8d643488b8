import { ApplicationFailure } from '@temporalio/activity';
import { classifyError, describeProblem, type LightsailProblem } from '../lightsail/index.js';
import { wellFormed } from '../rollout/clean.js';
import { TARGET_FAILED, type TargetFailure } from '../rollout/outcome.js';

/** An account or region that is still being set up answers so for some minutes (lightsail-api.md, opt-in regions). */
const SETUP_RETRY_DELAY = '1m';

/** Whether Temporal should try again what ended in this problem. */
export function isRetryable({ kind }: LightsailProblem): boolean {
  return kind === 'transient' || kind === 'throttled' || kind === 'setup-in-progress';
}

/** The failure that Temporal sees: its type is the error's own name, and it is retried where that makes sense. */
export function toFailure(error: unknown, context: string): ApplicationFailure {
  if (error instanceof ApplicationFailure) return error;
  const problem = classifyError(error);
  return ApplicationFailure.create({
    type: problem.name,
    message: wellFormed(`${context}: ${describeProblem(problem)}`),
    nonRetryable: !isRetryable(problem),
    ...(problem.kind === 'setup-in-progress' && { nextRetryDelay: SETUP_RETRY_DELAY }),
  });
}

/** Ends an attempt that is not wanted any more, for another reason than a cancellation; the next one goes on from its record. */
export function attemptEnded(): ApplicationFailure {
  return ApplicationFailure.retryable(
    'this attempt was ended (worker shutdown, pause, reset or a closed run)',
    'AttemptEnded',
  );
}

/** Ends a target for good. */
export function targetFailed(label: string, failure: TargetFailure): ApplicationFailure {
  return ApplicationFailure.create({
    type: TARGET_FAILED,
    message: wellFormed(`${label}: ${failure.detail}`),
    nonRetryable: true,
    details: [failure],
  });
}
