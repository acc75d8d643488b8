import { ApplicationFailure } from '@temporalio/activity';
import { areKeysLapsed, classifyError, describeProblem, type LightsailProblem } from '../lightsail/index.js';
import type { KeysRefused } from '../rollout/account-keys.js';
import { wellFormed } from '../rollout/clean.js';
import { cutReason, TARGET_FAILED, type TargetFailure } from '../rollout/outcome.js';
import type { Place } from '../rollout/reach.js';

/** An account or region that is still being set up answers so for some minutes (lightsail-api.md, opt-in regions). */
const SETUP_RETRY_DELAY = '1m';

/** Whether Temporal should try again what ended in this problem. */
export function isRetryable(problem: LightsailProblem): boolean {
  const { kind } = problem;
  return kind === 'transient' || kind === 'throttled' || kind === 'setup-in-progress' || areKeysLapsed(problem);
}

/** What an error says of the keys by which a place is called; undefined where it says nothing of them. */
export function refusalOf(error: unknown, { account, region }: Place): KeysRefused | undefined {
  const problem = classifyError(error);
  if (problem.kind !== 'credentials') return undefined;
  const why = cutReason(describeProblem(problem));
  return { ...(account !== undefined && { account }), region, isLapsed: areKeysLapsed(problem), why };
}

/**
 * The failure of an activity that only reads: what is said of the caller's keys goes to the workflow at once, which waits
 * for them.
 */
export function toReadFailure(error: unknown, context: string, place: Place): ApplicationFailure {
  const refused = error instanceof ApplicationFailure ? undefined : refusalOf(error, place);
  if (refused === undefined) return toFailure(error, context);
  const { name } = classifyError(error);
  const message = wellFormed(`${context}: ${refused.why}`);
  return ApplicationFailure.create({ type: name, message, nonRetryable: true, details: [{ refused }] });
}

/** An action is refused, and asked for again later. */
export function denied(error: unknown, context: string): ApplicationFailure {
  const problem = classifyError(error);
  return ApplicationFailure.retryable(wellFormed(`${context}: ${describeProblem(problem)}`), problem.name);
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
