/** The task queue of the rollout's workflows and of the activities that change instances. */
export const DEFAULT_TASK_QUEUE = 'lightsail-imds-rollout';

/** @example mainQueue('mine-control') // 'mine' */
export function mainQueue(controlQueueName: string): string {
  return controlQueueName.replace(/-control$/, '');
}

/** The queue for activities that must never wait behind a hundred stuck targets. */
export function controlQueue(taskQueue: string): string {
  return `${taskQueue}-control`;
}
