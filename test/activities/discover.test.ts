import { ActivityCancelledError, ActivityNotFoundError } from '@temporalio/client';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createDiscover, type DiscoverInput } from '../../src/activities/discover.js';
import type { Lightsail } from '../../src/lightsail/index.js';
import { unpack } from '../../src/rollout/pack.js';
import { activityHere } from '../support/activity-here.js';
import { ARN, lightsailOf, serviceError, shown } from '../support/fake-lightsail.js';

const onePage: Lightsail['getInstances'] = async () => ({ $metadata: {}, instances: [shown()] });

async function discover(answers: Partial<Lightsail>, input: Partial<DiscoverInput> = {}) {
  const { run, told } = activityHere();
  const activity = createDiscover(() => lightsailOf({ getInstances: onePage, ...answers }));
  const found = await run(() => activity({ region: 'us-east-1', selection: {}, tagKeys: [], ...input }));
  return { ...found, instances: unpack(found.instances), told };
}

describe('a discovery', () => {
  it('that is throttled, or waits for its turn, tells the server that it goes on', async () => {
    let calls = 0;
    const { instances, told } = await discover({
      getInstances: async (request, call) => {
        calls += 1;
        if (calls === 1) throw serviceError('ThrottlingException');
        await call?.onWait?.();
        return onePage(request);
      },
    });
    expect(instances).toHaveLength(1);
    // Throttled, and waiting.
    expect(told).toHaveLength(2);
  });

  it('keeps of the tags those that the plan needs, an empty one included', async () => {
    const tags = [{ key: 'env', value: 'prod' }, { key: 'spare' }, { key: 'secret', value: 's' }];
    const { instances } = await discover(
      { getInstances: async () => ({ $metadata: {}, instances: [shown({ tags })] }) },
      { tagKeys: ['env', 'spare', 'constructor'] },
    );
    expect(instances).toMatchObject([{ name: 'web-7', tags: { env: 'prod', spare: '' } }]);
    expect(Object.keys(instances[0]?.tags ?? {})).toEqual(['env', 'spare']);
  });
});

describe('a discovery keeps when an instance was created', () => {
  const DAY = 86_400_000;

  it.each([
    ['where that is less than evidence may look back', 3, true],
    ['but not of old ones, which would fill the history', 61, false],
  ])('%s', async (_, days, isKept) => {
    const createdAt = new Date(Date.now() - days * DAY);
    const { instances } = await discover({
      getInstances: async () => ({ $metadata: {}, instances: [shown({ createdAt })] }),
    });
    expect(instances[0]?.createdAt).toBe(isKept ? createdAt.toISOString() : undefined);
  });
});

describe('who has read the fleet', () => {
  const ROLE = 'arn:aws:sts::111122223333:assumed-role/rollout/session';

  it('is told with the first part, and asked for no more', async () => {
    const caller = async () => ROLE;
    expect((await discover({ caller })).caller).toBe(ROLE);
    expect(await discover({ caller }, { pageToken: 'page-2' })).not.toHaveProperty('caller');
  });

  it('stays unknown where it can not be asked for, and the fleet is read all the same', async () => {
    const found = await discover({ caller: () => Promise.reject(new Error('there is no way to STS')) });
    expect(found.instances).toHaveLength(1);
    expect(found).not.toHaveProperty('caller');
  });
});

describe('a list that leads on for ever', () => {
  let count = 0;
  const endless: Lightsail['getInstances'] = async () => {
    count += 1;
    const instances = Array.from({ length: 20 }, (_, index) =>
      shown({ arn: `${ARN}-${count}-${index}`, name: `web-${count}-${index}` }),
    );
    return { $metadata: {}, instances, nextPageToken: `token-${count}` };
  };
  afterEach(() => {
    count = 0;
    vi.restoreAllMocks();
  });

  it('ends with an error, however many parts it is read in', async () => {
    const readOn = async () => {
      let next: Partial<DiscoverInput> = {};
      for (let part = 1; ; part += 1) {
        const { nextPageToken, pages } = await discover({ getInstances: endless }, next);
        if (nextPageToken === undefined || pages === undefined) return part;
        next = { pageToken: nextPageToken, pagesBefore: pages };
      }
    };
    await expect(readOn()).rejects.toMatchObject({
      type: 'EndlessPages',
      nonRetryable: true,
      message: expect.stringContaining('discovery of us-east-1: EndlessPages: GetInstances has given 2000 pages'),
    });
    expect(count).toBe(2_000);
  });

  it.each([new ActivityCancelledError('it is to end'), new ActivityNotFoundError('its run has ended')])(
    'is read no further for a run that wants it no more: $message',
    async (refusal) => {
      let now = 0;
      vi.spyOn(performance, 'now').mockImplementation(() => now);
      const here = activityHere({ acknowledge: () => Promise.reject(refusal) });
      const getInstances: Lightsail['getInstances'] = async (request) => {
        now += 2_000;
        return endless(request);
      };
      const activity = createDiscover(() => lightsailOf({ getInstances }));
      const input = { region: 'us-east-1', selection: { include: { names: ['none'] } }, tagKeys: [] };
      await expect(here.run(() => activity(input))).rejects.toBe(refusal);
      expect(count).toBe(3);
    },
  );

  it('is read no further by a worker that was told so', async () => {
    const here = activityHere();
    const getInstances: Lightsail['getInstances'] = async (request) => {
      if (count === 3) here.end({ cancelRequested: true });
      return endless(request);
    };
    const activity = createDiscover(() => lightsailOf({ getInstances }));
    const input = { region: 'us-east-1', selection: { include: { names: ['none'] } }, tagKeys: [] };
    await expect(here.run(() => activity(input))).rejects.toMatchObject({ message: 'cancelRequested' });
    expect(count).toBe(4);
  });
});
