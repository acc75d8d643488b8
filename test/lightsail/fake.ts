import type { GetInstancesResult } from '@aws-sdk/client-lightsail';
import type { Lightsail } from '../../src/lightsail/index.js';

/** A Lightsail whose GetInstances gives these answers in turn, and the tokens it was asked with. */
export function fakePages(answers: readonly (GetInstancesResult | Error)[]) {
  const tokens: (string | undefined)[] = [];
  const getInstances: Lightsail['getInstances'] = async ({ pageToken }) => {
    const answer = answers[tokens.length] ?? new Error('asked once too often');
    tokens.push(pageToken);
    if (answer instanceof Error) throw answer;
    return { ...answer, $metadata: { requestId: `req-${tokens.length}` } };
  };
  const refuse = () => Promise.reject(new Error('not asked for in this test'));
  const lightsail: Lightsail = {
    getInstances,
    getInstance: refuse,
    updateInstanceMetadataOptions: refuse,
    getInstanceMetricData: refuse,
    getOperations: refuse,
    getRegions: refuse,
  };
  return { tokens, lightsail };
}

export function throttled(): Error {
  return Object.assign(new Error('Rate exceeded'), { name: 'ThrottlingException' });
}
