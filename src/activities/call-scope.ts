import type { Context } from '@temporalio/activity';
import type { CallScope } from '../lightsail/index.js';
import type { Place } from '../rollout/reach.js';

/** What an activity calls, in the name of its rollout: batches of one rollout share the session of a role. */
export function callScope({ account, region }: Place, { info }: Context): CallScope {
  const purpose = info.workflowExecution?.workflowId.replace(BATCH_OF, '');
  return {
    region,
    ...(account !== undefined && { account }),
    ...(purpose !== undefined && { purpose }),
  };
}

/** What the ID of a batch has beside that of its rollout: the start of a run's ID, the stage and a number. */
const BATCH_OF = /\/[\da-f]{8}\/[^/]+\/\d+$/;
