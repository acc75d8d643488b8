import { isCancellation, workflowInfo } from '@temporalio/workflow';
import { describeChangedElsewhere, describeForeignUpdates, describeUnknownWriters } from '../rollout/foreign-writer.js';
import { describePlace } from '../rollout/reach.js';
import { type Scope, scopesOf } from '../rollout/scope.js';
import { causeOf, updatesActivity } from './activity-options.js';
import { unless } from './evidence.js';
import type { Run } from './run.js';

/**
 * Warns where something else has written in the accounts and regions of the rollout: by values that have changed under it,
 * and by the Updates that the API lists. What can't be read is a warning too, and no failure.
 */
export async function warnOfOtherWriters({ state, spec, plan, ledger, since }: Run): Promise<void> {
  const ends = plan.stages
    .flatMap(({ targets }) => targets)
    .map((target) => ({ target, result: ledger.resultOf(target.arn) }));
  const { runId, originalExecutionRunId } = workflowInfo();
  state.warnings.push(...describeChangedElsewhere(ends, { wasReset: runId !== originalExecutionRunId }));
  const scopes = scopesOf(ends.map(({ target }) => target.arn));
  await unless(
    () => state.stop !== undefined,
    async () => {
      const found = await Promise.all(scopes.map((scope) => readOthers(scope)));
      state.warnings.push(...found.flat());
    },
  );
  state.show();

  async function readOthers(scope: Scope): Promise<string[]> {
    const place = spec.targets.accounts === undefined ? { region: scope.region } : scope;
    const read = updatesActivity(`who else wrote in ${describePlace(place)}`);
    try {
      const { names, isCut } = await read({ ...place, since });
      return [
        ...describeForeignUpdates(scope, names, ends),
        ...(isCut ? [describeUnknownWriters(scope, undefined)] : []),
      ];
    } catch (error) {
      if (isCancellation(error)) throw error;
      return [describeUnknownWriters(scope, causeOf(error))];
    }
  }
}
