import { expect, it } from 'vitest';
import { createBuildingBlocks } from '../../src/activities/building-blocks.js';
import type { CallScope } from '../../src/lightsail/index.js';
import { activityHere } from '../support/activity-here.js';
import { lightsailOf, serviceError, shown } from '../support/fake-lightsail.js';

it.each([
  ['the account that it names', { account: '111122223333' }],
  ["the worker's own account", {}],
])('a call goes to %s, and carries the request of the API and nothing else', async (_, where) => {
  const scopes: CallScope[] = [];
  const requests: unknown[] = [];
  const reply = { $metadata: {}, instance: shown() };
  const lightsail = lightsailOf({
    getInstance: async (request) => {
      requests.push(request);
      return reply;
    },
  });
  const { lightsailGetInstance } = createBuildingBlocks((scope) => {
    scopes.push(scope);
    return lightsail;
  });
  const { run } = activityHere();
  expect(await run(() => lightsailGetInstance({ region: 'eu-west-1', instanceName: 'web-7', ...where }))).toBe(reply);
  expect(scopes).toEqual([{ region: 'eu-west-1', purpose: 'imds-rollout-prod', ...where }]);
  expect(requests).toEqual([{ instanceName: 'web-7' }]);
});

it('a call that fails is a failure by the name of the AWS error, which says what was asked for', async () => {
  const lightsail = lightsailOf({
    updateInstanceMetadataOptions: () => Promise.reject(serviceError('AccessDeniedException', 'not yours')),
  });
  const { lightsailUpdateInstanceMetadataOptions } = createBuildingBlocks(() => lightsail);
  const request = { region: 'eu-west-1', instanceName: 'web-7', httpTokens: 'required' } as const;
  await expect(activityHere().run(() => lightsailUpdateInstanceMetadataOptions(request))).rejects.toMatchObject({
    type: 'AccessDeniedException',
    nonRetryable: true,
    message: 'UpdateInstanceMetadataOptions of eu-west-1/web-7: AccessDeniedException: not yours',
  });
});
