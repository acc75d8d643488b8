import { ApplicationFailure, Context } from '@temporalio/activity';
import { ApplicationFailureCategory } from '@temporalio/common';
import { classifyError, describeProblem, type LightsailFor } from '../lightsail/index.js';
import { wellFormed } from '../rollout/clean.js';
import { describePlace, type Place } from '../rollout/reach.js';
import { callScope } from './call-scope.js';

/** What is said of an action or an instance is said to a caller whose keys are accepted. */
const ACCEPTED: ReadonlySet<string> = new Set(['denied', 'rejected', 'gone']);

/**
 * Sends one call of an account, and ends once it is accepted. Until then each attempt fails, and Temporal's retries are the
 * wait: they add nothing to the history, and hold no slot of the worker.
 */
export function createAwaitKeys(lightsail: LightsailFor) {
  return async function lightsailImdsAwaitKeys(place: Place): Promise<void> {
    const context = Context.current();
    try {
      await lightsail(callScope(place, context)).getInstances({}, { abortSignal: context.cancellationSignal });
    } catch (error) {
      const problem = classifyError(error);
      if (ACCEPTED.has(problem.kind)) return;
      throw ApplicationFailure.create({
        type: problem.name,
        message: wellFormed(`${describePlace(place)}: ${describeProblem(problem)}`),
        category: ApplicationFailureCategory.BENIGN,
      });
    }
  };
}
