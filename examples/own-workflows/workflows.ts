import { executeChild, proxyActivities } from '@temporalio/workflow';
import type { RolloutSpecInput } from 'lightsail-imds-rollout';
import { imdsRollout } from 'lightsail-imds-rollout/workflows';
import type * as activities from './activities.js';

// The plugin brings its workflows only where a worker has none of its own: so they stand beside yours.
export * from 'lightsail-imds-rollout/workflows';

const { announce } = proxyActivities<typeof activities>({ startToCloseTimeout: '1m' });

/** A workflow of yours, with a rollout as one of its steps. */
export async function hardenFleet(spec: RolloutSpecInput): Promise<string> {
  await announce(`${spec.name} begins`);
  const { counts, exceptions } = await executeChild(imdsRollout, {
    args: [spec],
    workflowId: `imds-rollout-${spec.name}`,
    // The default, TERMINATE, would leave instances in the middle of their change.
    parentClosePolicy: 'REQUEST_CANCEL',
  });
  for (const { name, outcome, reason } of exceptions) await announce(`${name} ${outcome}: ${reason}`);
  return `${counts.changed ?? 0} changed, ${exceptions.length} left`;
}
