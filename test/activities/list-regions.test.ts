import { expect, it } from 'vitest';
import { createListRegions, type ListRegionsInput } from '../../src/activities/list-regions.js';
import type { Lightsail } from '../../src/lightsail/index.js';
import { activityHere } from '../support/activity-here.js';
import { lightsailOf, serviceError } from '../support/fake-lightsail.js';

function list(getRegions: Lightsail['getRegions'], input: ListRegionsInput = {}) {
  const { run, told } = activityHere();
  return { told, regions: run(() => createListRegions(() => lightsailOf({ getRegions }))(input)) };
}

it.each([
  [{}, 'the regions: AccessDeniedException: no'],
  [{ account: '111122223333' }, 'the regions of account 111122223333: AccessDeniedException: no'],
])('regions that may not be read fail for good, with the account where one is named: %j', async (input, message) => {
  const { regions } = list(() => Promise.reject(serviceError('AccessDeniedException')), input);
  await expect(regions).rejects.toMatchObject({ type: 'AccessDeniedException', nonRetryable: true, message });
});

it('a list that is throttled, or waits for its turn, only takes longer, and the server hears that it goes on', async () => {
  let calls = 0;
  const { regions, told } = list(async (_, call) => {
    calls += 1;
    if (calls === 1) throw serviceError('ThrottlingException');
    await call?.onWait?.();
    return { $metadata: {}, regions: [{ name: 'us-east-1' }, { name: 'eu-west-1' }] };
  });
  expect(await regions).toEqual(['eu-west-1', 'us-east-1']);
  expect(told.map(({ how }) => how)).toEqual(['plain', 'plain']);
});
