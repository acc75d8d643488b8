// What a project beside this package may write; only its types are checked, with those of whichever SDK stands beside.
import type { Client } from '@temporalio/client';
import { Worker } from '@temporalio/worker';
import { proxyActivities } from '@temporalio/workflow';
import { createSdkLightsail, DEFAULT_TASK_QUEUE, LightsailImdsPlugin, runWorker } from 'lightsail-imds-rollout';
import { type Activities, createActivities } from 'lightsail-imds-rollout/activities';
import { RolloutClient, type RolloutSpecInput } from 'lightsail-imds-rollout/client';
import { startSimulator } from 'lightsail-imds-rollout/simulator';
import { imdsRollout, pauseUpdate } from 'lightsail-imds-rollout/workflows';

const spec: RolloutSpecInput = {
  name: 'lowest',
  options: { httpTokens: 'required' },
  targets: { regions: ['us-east-1'] },
};

export async function work(): Promise<void> {
  const simulator = await startSimulator({ port: 0 });
  const { lightsail } = createSdkLightsail({ endpoint: simulator.url });
  const plugins = [new LightsailImdsPlugin({ lightsail })];
  const worker = await Worker.create({ taskQueue: DEFAULT_TASK_QUEUE, plugins });
  await worker.run();
  await Worker.create({ taskQueue: 'mine', activities: createActivities({ lightsail }) });
  await runWorker({ lightsail, signal: AbortSignal.timeout(1_000) });
}

export async function steer(client: Client): Promise<string> {
  const rollout = await new RolloutClient(client).start(spec);
  const { phase } = await client.workflow.getHandle(rollout.workflowId).executeUpdate(pauseUpdate, { args: [{}] });
  const outcome = await client.workflow.execute(imdsRollout, { args: [spec], taskQueue: 'mine', workflowId: 'own' });
  return `${phase} ${outcome.title ?? ''}`;
}

export const { lightsailGetInstance } = proxyActivities<Activities>({ startToCloseTimeout: '30s' });
