import { readVersion } from '../version.js';
import type { WorkerDeployment } from '../worker.js';
import { CliError } from './errors.js';

/** What Temporal's controller for Kubernetes sets in the pods of a version. */
const NAME_VARIABLE = 'TEMPORAL_DEPLOYMENT_NAME';
const BUILD_VARIABLE = 'TEMPORAL_WORKER_BUILD_ID';

export interface DeploymentFlags {
  readonly deploymentName?: string;
  readonly buildId?: string;
}

/**
 * The version of a Worker Deployment that a worker is, from its flags or its environment; undefined where it is none.
 *
 * @throws CliError `BadInput`
 * @example chooseDeployment({ deploymentName: 'imds', buildId: '7' }, {}) // { name: 'imds', buildId: '7' }
 */
export function chooseDeployment(flags: DeploymentFlags, env: NodeJS.ProcessEnv): WorkerDeployment | undefined {
  const { deploymentName, buildId } = flags;
  const isInEnv = Boolean(env[NAME_VARIABLE]) && Boolean(env[BUILD_VARIABLE]);
  const name = deploymentName ?? (isInEnv ? env[NAME_VARIABLE] : undefined);
  if (name === undefined) {
    if (buildId === undefined) return undefined;
    throw new CliError('BadInput', '--build-id is one of a deployment: add --deployment-name, or leave it out.');
  }
  const deployment = { name, buildId: buildId ?? ((isInEnv && env[BUILD_VARIABLE]) || readVersion()) };
  for (const [flag, value] of [
    ['--deployment-name', deployment.name],
    ['--build-id', deployment.buildId],
  ] as const) {
    // The server joins both by a dot or a colon, and refuses what could not be told apart.
    const isName = /^[\w][\w.+-]{0,127}$/.test(value) && (flag === '--build-id' || !value.includes('.'));
    if (isName) continue;
    const dots = flag === '--build-id' ? ', dots' : '';
    throw new CliError(
      'BadInput',
      `${flag} must be letters, digits${dots}, _, + and -, at most 128, and not "${value}".`,
    );
  }
  return deployment;
}

/** What its operator has to do once, as the server sends a version nothing before. */
export function describeDeployment({ name, buildId }: WorkerDeployment): string {
  return [
    `Version ${buildId} of deployment ${name}: it gets work once it is current (or ramping, or pinned):`,
    `  temporal worker deployment set-current-version --deployment-name ${name} --build-id ${buildId}`,
  ].join('\n');
}
