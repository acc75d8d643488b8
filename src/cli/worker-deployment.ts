import { quoteKey } from '../rollout/problem.js';
import { readVersion } from '../version.js';
import type { WorkerDeployment } from '../worker.js';
import { CliError } from './errors.js';
import { givenFlags, refuseIdle } from './idle-flags.js';

/** What Temporal's controller for Kubernetes sets in the pods of a version. */
const NAME_VARIABLE = 'TEMPORAL_DEPLOYMENT_NAME';
const BUILD_VARIABLE = 'TEMPORAL_WORKER_BUILD_ID';

export interface DeploymentFlags {
  readonly deploymentName?: string;
  readonly buildId?: string;
  readonly versioningBehavior?: NonNullable<WorkerDeployment['behavior']>;
}

/**
 * The version of a Worker Deployment that a worker is, from its flags or its environment; undefined where it is none.
 *
 * @throws CliError `BadInput`
 * @example chooseDeployment({ deploymentName: 'imds', buildId: '7' }, {}) // { name: 'imds', buildId: '7' }
 */
export function chooseDeployment(flags: DeploymentFlags, env: NodeJS.ProcessEnv): WorkerDeployment | undefined {
  const { deploymentName, buildId, versioningBehavior } = flags;
  const isInEnv = Boolean(env[NAME_VARIABLE]) && Boolean(env[BUILD_VARIABLE]);
  const name = deploymentName ?? (isInEnv ? env[NAME_VARIABLE] : undefined);
  if (name === undefined) {
    const idle = givenFlags({ '--build-id': buildId, '--versioning-behavior': versioningBehavior });
    refuseIdle('A worker without versions has no use for', idle, 'add --deployment-name');
    return undefined;
  }
  const deployment = {
    name,
    buildId: buildId ?? ((isInEnv && env[BUILD_VARIABLE]) || readVersion()),
    ...(versioningBehavior !== undefined && { behavior: versioningBehavior }),
  };
  // With a dot in it, a server takes the polls and never makes a version of them.
  requireName('--deployment-name', deployment.name, /^[^\s:.\p{Cc}]{1,200}$/u, 'blanks, colons and dots');
  requireName('--build-id', deployment.buildId, /^[^\s:\p{Cc}]{1,200}$/u, 'blanks and colons');
  return deployment;
}

/** @throws CliError `BadInput` */
function requireName(flag: string, value: string, form: RegExp, without: string): void {
  if (form.test(value)) return;
  throw new CliError('BadInput', `${flag} must be a name without ${without}, and not ${quoteKey(value)}.`);
}

/** What its operator has to do once, as the server sends a version nothing before. */
export function describeDeployment({ name, buildId }: WorkerDeployment): string {
  return [
    `Version ${buildId} of deployment ${name}: it gets work once it is current (or ramping, or pinned):`,
    `  temporal worker deployment set-current-version --deployment-name ${name} --build-id ${buildId}`,
  ].join('\n');
}
