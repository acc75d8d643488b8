import { executeChild, proxyActivities, workflowInfo } from '@temporalio/workflow';
import type { RolloutSpecInput } from 'lightsail-imds-rollout';
import type { Activities } from 'lightsail-imds-rollout/activities';
import { imdsRollout } from 'lightsail-imds-rollout/workflows';

export * from 'lightsail-imds-rollout/workflows';

const { lightsailGetInstance, lightsailUpdateInstanceMetadataOptions } = proxyActivities<
  Pick<Activities, 'lightsailGetInstance' | 'lightsailUpdateInstanceMetadataOptions'>
>({ startToCloseTimeout: '10s', retry: { maximumAttempts: 3 } });

/** Gives one host a hop more, with the API's own operations, and then hardens the fleet. */
export async function prepareAndHarden(spec: RolloutSpecInput, instanceName: string) {
  const at = { region: 'us-east-1', instanceName };
  const { operation } = await lightsailUpdateInstanceMetadataOptions({
    ...at,
    httpTokens: 'optional',
    httpPutResponseHopLimit: 2,
  });
  const { instance } = await lightsailGetInstance(at);
  const result = await executeChild(imdsRollout, { args: [spec], workflowId: `${workflowInfo().workflowId}/rollout` });
  return { operation: operation?.operationType, hops: instance?.metadataOptions?.httpPutResponseHopLimit, result };
}
