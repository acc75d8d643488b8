import { isIP } from 'node:net';
import { ApplicationFailure } from '@temporalio/activity';
import { matchesGlob } from '../rollout/glob.js';
import { cutReason } from '../rollout/outcome.js';
import type { Problem } from '../rollout/problem.js';
import { describeProblems, type RolloutSpec } from '../rollout/spec.js';
import { canonicalHost, hostOf } from './probe-hosts.js';
import { isRefusedAddress } from './screened-lookup.js';
import type { WorkerSettings } from './settings.js';

/**
 * The part of a spec that a worker has its say in.
 *
 * @internal
 */
export type CheckSpecInput = Pick<RolloutSpec, 'health' | 'notify'>;

/**
 * Holds what a spec names against what this worker allows: who may start a rollout must not thereby choose what is sent
 * to where. It is looked at again wherever it is used; here it is refused before anything is changed.
 *
 * @throws ApplicationFailure of type `InvalidRolloutSpec` that names the field and the worker's setting, with the
 * problems as its details
 */
export function createCheckSpec(settings: WorkerSettings = {}) {
  return async function lightsailImdsCheckSpec(spec: CheckSpecInput): Promise<void> {
    const problems = notAllowed(spec, settings);
    if (problems.length === 0) return;
    const message = `The rollout spec is refused by the worker's configuration:\n${describeProblems(problems)}`;
    throw ApplicationFailure.nonRetryable(message, 'InvalidRolloutSpec', problems);
  };
}

/** What a spec names and this worker doesn't allow, by field. */
function notAllowed({ health, notify }: CheckSpecInput, settings: WorkerSettings): Problem[] {
  const asked = health.checks.flatMap((check, index) => {
    const path = `health.checks[${index}]`;
    switch (check.kind) {
      case 'status':
        return [];
      case 'http':
        return { path: `${path}.http.url`, message: refuseUrl(check.url, settings) };
      case 'activity':
        return { path: `${path}.activity.taskQueue`, message: refuseQueue(check.taskQueue, settings) };
      default:
        return check satisfies never;
    }
  });
  const { activity } = notify;
  if (activity !== undefined) {
    asked.push({ path: 'notify.activity.taskQueue', message: refuseQueue(activity.taskQueue, settings) });
  }
  return asked.flatMap(({ path, message }) => (message === undefined ? [] : [{ path, message: cutReason(message) }]));
}

const PLACEHOLDER = /\{\w+\}/g;

/** A host that is made of placeholders is known for certain only later. */
function refuseUrl(url: string, { probes: { allowHosts = [], allowPrivate = false } = {} }: WorkerSettings) {
  const [, authority = ''] = /^https?:\/\/([^/?#\\]*)/.exec(url) ?? [];
  if (/^\{publicIpAddress\}(:\d+)?$/.test(authority)) return undefined;
  const allowed = allowHosts.flatMap((host) => canonicalHost(host) ?? []);
  const host = readHost(authority);
  if (host === undefined) return `"${authority}" is no host: use http://{publicIpAddress}, or a host by its name`;
  if (!allowed.some((each) => matchesGlob(host.replaceAll(PLACEHOLDER, '*'), each))) {
    const flag = `--allow-probe-host ${host.includes('{') ? 'HOST...' : host}`;
    return `this worker sends no probes to ${host}: use http://{publicIpAddress}, or allow it with ${flag}`;
  }
  if (isIP(host) === 0 || !isRefusedAddress(host, allowPrivate)) return undefined;
  return isRefusedAddress(host, true)
    ? `${host} is a link-local or reserved address, which is never probed`
    : `this worker probes no loopback and private addresses, such as ${host}: allow them with --allow-private-probes`;
}

/** As a URL has it, but with its placeholders. */
function readHost(authority: string): string | undefined {
  const plain = authority.replaceAll(PLACEHOLDER, 'x');
  if (!URL.canParse(`http://${plain}`)) return undefined;
  return plain === authority ? hostOf(new URL(`http://${authority}`)) : authority.replace(/:\d+$/, '').toLowerCase();
}

function refuseQueue(taskQueue: string, { taskQueues = [] }: WorkerSettings): string | undefined {
  if (taskQueues.includes(taskQueue)) return undefined;
  return `this worker calls no activities on ${taskQueue}: allow it with --allow-task-queue ${taskQueue}`;
}
