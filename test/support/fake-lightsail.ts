import type { Instance } from '@aws-sdk/client-lightsail';
import type { Lightsail } from '../../src/lightsail/index.js';

/** A Lightsail that answers these calls, and no other. */
export function lightsailOf(answers: Partial<Lightsail>): Lightsail {
  const refuse = () => Promise.reject(new Error('nobody should ask for this'));
  return {
    getInstance: refuse,
    getInstances: refuse,
    updateInstanceMetadataOptions: refuse,
    getInstanceMetricData: refuse,
    getOperations: refuse,
    getRegions: refuse,
    ...answers,
  };
}

export const ARN = 'arn:aws:lightsail:us-east-1:111122223333:Instance/web-7';

/** The instance of that ARN, as a change or a restore is asked of it. */
export const TARGET = {
  arn: ARN,
  name: 'web-7',
  before: { httpTokens: 'optional' },
  desired: { httpTokens: 'required' },
} as const;

/** An instance that runs, is well and has changed, as the API shows it. */
export function shown(changes: Partial<Instance> = {}): Instance {
  return {
    arn: ARN,
    name: 'web-7',
    state: { code: 16, name: 'running' },
    publicIpAddress: '127.0.0.1',
    instanceStatus: { status: 'ok' },
    systemStatus: { status: 'ok' },
    metadataOptions: { httpTokens: 'required', httpEndpoint: 'enabled', state: 'applied' },
    ...changes,
  };
}

/** An error as the service gives it. */
export function serviceError(name: string, message = 'no'): Error {
  return Object.assign(new Error(message), { name });
}
