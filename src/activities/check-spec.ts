import { ApplicationFailure } from '@temporalio/activity';
import type { RolloutSpec } from '../rollout/spec.js';
import type { WorkerSettings } from './settings.js';

export type CheckSpecInput = Pick<RolloutSpec, 'health' | 'notify'>;

/**
 * Holds what a spec names against what this worker allows: who may start a rollout must not thereby choose what is sent
 * to where. It is looked at again wherever it is used; here it is refused before anything is changed.
 *
 * @throws ApplicationFailure of type `InvalidRolloutSpec` that names the field and the worker's setting
 */
export function createCheckSpec(settings: WorkerSettings = {}) {
  return async function lightsailImdsCheckSpec(spec: CheckSpecInput): Promise<void> {
    const problems = notAllowed(spec, settings);
    if (problems.length === 0) return;
    const message = `The rollout spec is refused by the worker's configuration:\n${problems.join('\n')}`;
    throw ApplicationFailure.nonRetryable(message, 'InvalidRolloutSpec', problems);
  };
}

function notAllowed({ health, notify }: CheckSpecInput, settings: WorkerSettings): string[] {
  const problems = health.checks.flatMap((check, index) => {
    const path = `health.checks[${index}]`;
    switch (check.kind) {
      case 'status':
        return [];
      case 'http':
        return refuseHost(`${path}.http.url`, check.url, settings);
      case 'activity':
        return refuseQueue(`${path}.activity.taskQueue`, check.taskQueue, settings);
      default:
        return check satisfies never;
    }
  });
  const { activity } = notify;
  return activity === undefined
    ? problems
    : [...problems, ...refuseQueue('notify.activity.taskQueue', activity.taskQueue, settings)];
}

/** A host that is made of placeholders is known only later. */
function refuseHost(path: string, url: string, { probes }: WorkerSettings): string[] {
  const [, authority = ''] = /^https?:\/\/([^/?#]*)/.exec(url) ?? [];
  if (authority.includes('{')) return [];
  const host = new URL(`http://${authority}`).hostname.replace(/^\[|\]$/g, '');
  if (probes?.allowHosts?.some((allowed) => allowed.toLowerCase() === host)) return [];
  return [
    `${path}: this worker sends no probes to ${host}: use http://{publicIpAddress}, or start it with --allow-probe-host ${host}`,
  ];
}

function refuseQueue(path: string, taskQueue: string, { taskQueues = [] }: WorkerSettings): string[] {
  if (taskQueues.includes(taskQueue)) return [];
  return [`${path}: this worker calls no activities on ${taskQueue}: start it with --allow-task-queue ${taskQueue}`];
}
