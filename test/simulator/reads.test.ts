import {
  GetInstanceCommand,
  GetInstancesCommand,
  GetOperationsCommand,
  GetOperationsForResourceCommand,
  GetRegionsCommand,
  type LightsailClient,
} from '@aws-sdk/client-lightsail';
import { describe, expect, it } from 'vitest';
import { fleet, openTestBed, REGION, ref } from './support.js';

async function pagesOf(client: LightsailClient): Promise<string[][]> {
  const pages: string[][] = [];
  let pageToken: string | undefined;
  do {
    const reply = await client.send(new GetInstancesCommand({ pageToken }));
    pages.push((reply.instances ?? []).map(({ name }) => name ?? ''));
    pageToken = reply.nextPageToken;
  } while (pageToken !== undefined);
  return pages;
}

describe('GetInstance', () => {
  it('gives a whole instance with dates, tags and metadata options', async () => {
    const bed = await openTestBed({ fleet: [fleet({ tags: { env: 'prod' } })] });
    expect(await bed.read('web-3')).toMatchObject({
      name: 'web-3',
      arn: expect.stringMatching(/^arn:aws:lightsail:us-east-1:111122223333:Instance\/[0-9a-f-]{36}$/),
      createdAt: new Date('2025-01-01T00:00:00Z'),
      location: { availabilityZone: 'us-east-1a', regionName: REGION },
      resourceType: 'Instance',
      tags: [{ key: 'env', value: 'prod' }],
      blueprintId: 'ubuntu_22_04',
      state: { code: 16, name: 'running' },
      metadataOptions: {
        state: 'applied',
        httpTokens: 'optional',
        httpEndpoint: 'enabled',
        httpPutResponseHopLimit: 1,
      },
    });
  });

  it.each([
    ['ubuntu_22_04', 'optional'],
    ['amazon_linux_2023', 'required'],
    ['ubuntu_24_04', 'required'],
  ])('starts a %s blueprint with tokens %s', async (blueprint, httpTokens) => {
    const bed = await openTestBed({ fleet: [fleet({ blueprint })] });
    expect((await bed.read('web-1'))?.metadataOptions?.httpTokens).toBe(httpTokens);
  });

  it('leaves the metadata options out of the reply when the scenario says null', async () => {
    const bed = await openTestBed({ fleet: [fleet({ options: null })] });
    expect(await bed.read('web-1')).not.toHaveProperty('metadataOptions');
  });

  it('knows httpProtocolIpv6 in eu-north-1 only', async () => {
    const bed = await openTestBed({ fleet: [fleet(), fleet({ region: 'eu-north-1' })] });
    const inNorth = await bed.client('eu-north-1').send(new GetInstanceCommand({ instanceName: 'web-1' }));
    expect(inNorth.instance?.metadataOptions?.httpProtocolIpv6).toBe('disabled');
    expect((await bed.read('web-1'))?.metadataOptions).not.toHaveProperty('httpProtocolIpv6');
  });

  it('gives the same name in two regions and two accounts as four instances', async () => {
    const accounts = [{ id: '111122223333' }, { id: '444455556666' }];
    const entries = accounts.flatMap(({ id }) => ['us-east-1', 'eu-west-1'].map((region) => ({ account: id, region })));
    const bed = await openTestBed({ accounts, fleet: entries.map((entry) => fleet({ ...entry, count: 1 })) });
    const arns = await Promise.all(
      entries.map(async ({ account, region }) => {
        const client = bed.client(region, `AKIASIMU${account}`);
        return (await client.send(new GetInstanceCommand({ instanceName: 'web-1' }))).instance?.arn;
      }),
    );
    expect(arns.map((arn) => arn?.split(':').slice(3, 5))).toEqual(
      entries.map(({ account, region }) => [region, account]),
    );
  });
});

describe('GetInstances', () => {
  it('gives 45 instances in pages of 20, 20 and 5', async () => {
    const bed = await openTestBed({ fleet: [fleet({ count: 45 })] });
    const pages = await pagesOf(bed.client());
    expect(pages.map((page) => page.length)).toEqual([20, 20, 5]);
    expect(new Set(pages.flat()).size).toBe(45);
  });

  it.each([0, 1, 2, 3, 4, 5])(
    'gives each of %i instances once in pages of 2, and no empty last page',
    async (count) => {
      const bed = await openTestBed({ pageSize: 2, fleet: [fleet({ count })] });
      const pages = await pagesOf(bed.client());
      expect(pages.flat()).toHaveLength(count);
      expect(pages).toHaveLength(Math.max(1, Math.ceil(count / 2)));
    },
  );

  it('keeps a page token valid while instances are created and deleted', async () => {
    const bed = await openTestBed({ fleet: [fleet({ count: 45 })] });
    const client = bed.client();
    const first = await client.send(new GetInstancesCommand({}));
    bed.state.deleteInstance(ref('web-20'));
    bed.state.deleteInstance(ref('web-21'));
    bed.state.createInstance(ref('new-1'));
    const second = await client.send(new GetInstancesCommand({ pageToken: first.nextPageToken }));
    const third = await client.send(new GetInstancesCommand({ pageToken: second.nextPageToken }));
    const seen = [...(second.instances ?? []), ...(third.instances ?? [])].map(({ name }) => name);
    expect(seen).toEqual([...Array.from({ length: 24 }, (_, index) => `web-${index + 22}`), 'new-1']);
  });

  it('refuses a page token that it never gave, and one of another listing', async () => {
    const bed = await openTestBed({ fleet: [fleet({ count: 45 }), fleet({ region: 'eu-west-1', count: 45 })] });
    const { nextPageToken } = await bed.client().send(new GetInstancesCommand({}));
    const foreign = [
      () => bed.client().send(new GetInstancesCommand({ pageToken: 'garbage' })),
      () => bed.client().send(new GetInstancesCommand({ pageToken: '' })),
      () => bed.client().send(new GetInstancesCommand({ pageToken: `${nextPageToken}x` })),
      () => bed.client('eu-west-1').send(new GetInstancesCommand({ pageToken: nextPageToken })),
      () => bed.client().send(new GetOperationsCommand({ pageToken: nextPageToken })),
    ];
    for (const call of foreign) await expect(call()).rejects.toMatchObject({ name: 'InvalidInputException' });
  });

  it('is empty, without error, in a region without instances', async () => {
    const bed = await openTestBed();
    const reply = await bed.client('ap-south-1').send(new GetInstancesCommand({}));
    expect(reply).toMatchObject({ instances: [] });
    expect(reply.nextPageToken).toBeUndefined();
  });
});

describe('GetRegions', () => {
  it('names the regions, with zones only when asked', async () => {
    const bed = await openTestBed();
    const plain = await bed.client().send(new GetRegionsCommand({}));
    expect(plain.regions?.map(({ name }) => name)).toContain('eu-north-1');
    expect(plain.regions?.[0]?.availabilityZones).toEqual([]);
    const zoned = await bed.client().send(new GetRegionsCommand({ includeAvailabilityZones: true }));
    expect(zoned.regions?.[0]?.availabilityZones?.[0]).toEqual({ zoneName: 'us-east-1a', state: 'available' });
  });
});

describe('GetOperations', () => {
  it('pages through the operations from oldest to newest, and through those of one instance', async () => {
    const bed = await openTestBed({ pageSize: 2 });
    for (const instanceName of ['web-1', 'web-2', 'web-1', 'web-3', 'web-1']) await bed.update({ instanceName });
    const client = bed.client();
    const names: (string | undefined)[] = [];
    let pageToken: string | undefined;
    do {
      const page = await client.send(new GetOperationsCommand({ pageToken }));
      names.push(...(page.operations ?? []).map(({ resourceName }) => resourceName));
      pageToken = page.nextPageToken;
    } while (pageToken !== undefined);
    expect(names).toEqual(['web-1', 'web-2', 'web-1', 'web-3', 'web-1']);
    const ofOne = await client.send(new GetOperationsForResourceCommand({ resourceName: 'web-1' }));
    expect(ofOne.operations).toHaveLength(2);
    const rest = await client.send(
      new GetOperationsForResourceCommand({ resourceName: 'web-1', pageToken: ofOne.nextPageToken }),
    );
    expect(rest.operations).toHaveLength(1);
    expect(rest.nextPageToken).toBeUndefined();
  });

  it('still lists the operations of a deleted instance, but knows no resource that never was', async () => {
    const bed = await openTestBed();
    await bed.update({});
    bed.state.deleteInstance(ref('web-1'));
    const client = bed.client();
    const gone = await client.send(new GetOperationsForResourceCommand({ resourceName: 'web-1' }));
    expect(gone.operations).toHaveLength(1);
    const unchanged = await client.send(new GetOperationsForResourceCommand({ resourceName: 'web-2' }));
    expect(unchanged.operations).toEqual([]);
    await expect(client.send(new GetOperationsForResourceCommand({ resourceName: 'nobody' }))).rejects.toMatchObject({
      name: 'NotFoundException',
    });
  });
});
