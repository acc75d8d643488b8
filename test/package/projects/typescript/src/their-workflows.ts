import { proxyActivities } from '@temporalio/workflow';

export * from 'lightsail-imds-rollout/workflows';

const { greet } = proxyActivities<{ greet(name: string): Promise<string> }>({ startToCloseTimeout: '10s' });

export async function greetWorkflow(name: string): Promise<string> {
  return greet(name);
}
