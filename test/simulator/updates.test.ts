import {
  GetOperationCommand,
  UpdateInstanceMetadataOptionsCommand,
  type UpdateInstanceMetadataOptionsCommandInput,
} from '@aws-sdk/client-lightsail';
import { describe, expect, it } from 'vitest';
import { fleet, openTestBed, ref } from './support.js';

const HARDENED = { httpTokens: 'required', httpEndpoint: 'disabled', httpPutResponseHopLimit: 3 } as const;

describe('what an update leaves out', () => {
  const cases: [string, Partial<UpdateInstanceMetadataOptionsCommandInput>, object][] = [
    ['only a hop limit lowers tokens to optional', { httpPutResponseHopLimit: 2 }, { httpTokens: 'optional' }],
    ['only an endpoint lowers tokens to optional', { httpEndpoint: 'enabled' }, { httpTokens: 'optional' }],
    ['nothing at all lowers tokens to optional', {}, { httpTokens: 'optional' }],
    ['tokens alone keep the endpoint and the hop limit', { httpTokens: 'required' }, HARDENED],
    ['a hop limit keeps the endpoint', { httpPutResponseHopLimit: 2 }, { httpEndpoint: 'disabled' }],
    ['an endpoint keeps the hop limit', { httpEndpoint: 'enabled' }, { httpPutResponseHopLimit: 3 }],
  ];
  it.each(cases)('%s', async (_name, request, expected) => {
    const bed = await openTestBed({ fleet: [fleet({ options: HARDENED })] });
    await bed.update(request);
    expect((await bed.read('web-1'))?.metadataOptions).toMatchObject({ ...expected, ...request, state: 'applied' });
  });
});

describe('the way from an update to applied', () => {
  it('is pending with the new values until the time is over, then applied', async () => {
    const bed = await openTestBed({ pending: { min: 500, max: 500 } });
    await bed.update({ httpTokens: 'required' });
    bed.advance(499);
    expect((await bed.read('web-1'))?.metadataOptions).toMatchObject({ state: 'pending', httpTokens: 'required' });
    bed.advance(1);
    expect((await bed.read('web-1'))?.metadataOptions).toMatchObject({ state: 'applied', httpTokens: 'required' });
  });

  it('replies with an operation that ends when the options are applied', async () => {
    const bed = await openTestBed({ pending: { min: 500, max: 500 } });
    const started = new Date('2026-06-01T00:00:00Z');
    const client = bed.client();
    const { operation } = await client.send(
      new UpdateInstanceMetadataOptionsCommand({ instanceName: 'web-1', httpTokens: 'required' }),
    );
    expect(operation).toMatchObject({
      resourceName: 'web-1',
      resourceType: 'Instance',
      operationType: 'UpdateInstanceMetadataOptions',
      status: 'Started',
      isTerminal: false,
      createdAt: started,
      statusChangedAt: started,
      location: { regionName: 'us-east-1' },
    });
    bed.advance(700);
    const later = await client.send(new GetOperationCommand({ operationId: operation?.id }));
    expect(later.operation).toMatchObject({ status: 'Succeeded', isTerminal: true });
    expect(later.operation?.statusChangedAt).toEqual(new Date(started.getTime() + 500));
  });

  it('starts anew when another update comes while one is pending', async () => {
    const bed = await openTestBed({ pending: { min: 500, max: 500 } });
    const client = bed.client();
    const send = (httpPutResponseHopLimit: number) =>
      client.send(new UpdateInstanceMetadataOptionsCommand({ instanceName: 'web-1', httpPutResponseHopLimit }));
    const first = await send(2);
    bed.advance(400);
    await send(3);
    bed.advance(400);
    expect((await bed.read('web-1'))?.metadataOptions).toMatchObject({ state: 'pending', httpPutResponseHopLimit: 3 });
    const ended = await client.send(new GetOperationCommand({ operationId: first.operation?.id }));
    expect(ended.operation?.isTerminal).toBe(true);
    bed.advance(100);
    expect((await bed.read('web-1'))?.metadataOptions?.state).toBe('applied');
  });

  it('gives stale reads the old values as applied, and the truth to the control interface', async () => {
    const bed = await openTestBed({ stale: 300, pending: { min: 500, max: 500 } });
    await bed.update({ httpTokens: 'required' });
    bed.advance(299);
    expect((await bed.read('web-1'))?.metadataOptions).toMatchObject({ state: 'applied', httpTokens: 'optional' });
    expect(bed.state.instance(ref('web-1'))?.metadataOptions).toMatchObject({
      state: 'pending',
      httpTokens: 'required',
    });
    bed.advance(1);
    expect((await bed.read('web-1'))?.metadataOptions).toMatchObject({ state: 'pending', httpTokens: 'required' });
    bed.advance(200);
    expect((await bed.read('web-1'))?.metadataOptions).toMatchObject({ state: 'applied', httpTokens: 'required' });
  });

  it('changes the instance named, and no other', async () => {
    const bed = await openTestBed();
    const before = bed.state.instances();
    await bed.update({ instanceName: 'web-4', httpTokens: 'required' });
    const changed = bed.state.instances().filter((instance, index) => {
      return JSON.stringify(instance) !== JSON.stringify(before[index]);
    });
    expect(changed.map(({ name }) => name)).toEqual(['web-4']);
  });

  it('takes httpProtocolIpv6 in eu-north-1', async () => {
    const bed = await openTestBed({ fleet: [fleet({ region: 'eu-north-1' })] });
    await bed
      .client('eu-north-1')
      .send(new UpdateInstanceMetadataOptionsCommand({ instanceName: 'web-1', httpProtocolIpv6: 'enabled' }));
    expect(bed.state.instances()[0]?.metadataOptions).toMatchObject({ httpProtocolIpv6: 'enabled' });
  });
});

describe('the state of the instance', () => {
  it.each(['running', 'stopped'] as const)('%s takes an update', async (state) => {
    const bed = await openTestBed({ fleet: [fleet({ state })] });
    await bed.update({ httpTokens: 'required' });
    expect((await bed.read('web-1'))?.metadataOptions?.httpTokens).toBe('required');
  });

  it.each(['pending', 'stopping', 'shutting-down', 'terminated'] as const)('%s refuses an update', async (state) => {
    const bed = await openTestBed({ fleet: [fleet({ state })] });
    await expect(bed.update({ httpTokens: 'required' })).rejects.toMatchObject({ name: 'OperationFailureException' });
    expect((await bed.read('web-1'))?.metadataOptions?.httpTokens).toBe('optional');
  });
});
