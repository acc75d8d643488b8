import { ApplicationFailure } from '@temporalio/workflow';
import { cutReason } from '../rollout/outcome.js';
import type { Problem } from '../rollout/problem.js';
import { describeProblems } from '../rollout/spec.js';

/** Problems that a refusal names: a failure of megabytes would fail the workflow task for ever. */
const MAX_PROBLEMS = 20;

/** What is refused, as whom, and by which stable type. */
interface Refused {
  readonly what: string;
  readonly type: string;
  readonly remedy: string;
}

/** The failure of a run whose input is refused, with the problems as its details. */
export function refusedInput({ what, type, remedy }: Refused, all: readonly Problem[]): ApplicationFailure {
  const problems = all
    .slice(0, MAX_PROBLEMS)
    .map(({ path, message }) => ({ path: cutReason(path), message: cutReason(message) }));
  const more = all.length - problems.length;
  const lines = [`${what} is refused:`, describeProblems(problems), ...(more > 0 ? [`and ${more} more`] : [])];
  return ApplicationFailure.nonRetryable(`${lines.join('\n')}\nNothing was changed. ${remedy}`, type, problems);
}
