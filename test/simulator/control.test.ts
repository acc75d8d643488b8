import { GetInstancesCommand } from '@aws-sdk/client-lightsail';
import { describe, expect, it } from 'vitest';
import { UnknownInstanceError } from '../../src/simulator/index.js';
import { ACCOUNT, callControl, fleet, openTestBed, REGION, ref } from './support.js';

const WEB_1 = `instances/${ACCOUNT}/${REGION}/web-1`;

describe('instances', () => {
  it('are listed as they really are', async () => {
    const bed = await openTestBed({ fleet: [fleet({ count: 1, tags: { env: 'prod' } })] });
    const { status, json } = await callControl(bed, 'GET', 'instances');
    expect(status).toBe(200);
    expect(json).toEqual([
      {
        ...ref('web-1'),
        arn: (await bed.read('web-1'))?.arn,
        createdAt: '2025-01-01T00:00:00.000Z',
        blueprint: 'ubuntu_22_04',
        tags: { env: 'prod' },
        state: 'running',
        metadataOptions: {
          state: 'applied',
          httpTokens: 'optional',
          httpEndpoint: 'enabled',
          httpPutResponseHopLimit: 1,
        },
        healthy: true,
        tokenless: 0,
      },
    ]);
    expect(json).toEqual(bed.state.instances());
    expect((await callControl(bed, 'GET', WEB_1)).json).toEqual(bed.state.instance(ref('web-1')));
  });

  it('are changed: options merged, tags replaced, state set', async () => {
    const bed = await openTestBed({ fleet: [fleet({ tags: { env: 'prod' } })] });
    const patch = { metadataOptions: { httpPutResponseHopLimit: 2 }, tags: { team: 'a' }, state: 'stopped' };
    const { status, json } = await callControl(bed, 'PATCH', WEB_1, patch);
    expect(status).toBe(200);
    expect(json).toEqual(bed.state.instance(ref('web-1')));
    expect(await bed.read('web-1')).toMatchObject({
      tags: [{ key: 'team', value: 'a' }],
      state: { code: 80, name: 'stopped' },
      metadataOptions: { state: 'applied', httpTokens: 'optional', httpPutResponseHopLimit: 2 },
    });
  });

  it('are changed at once, even while an update is pending', async () => {
    const bed = await openTestBed({ pending: { min: 500, max: 500 } });
    await bed.update({ httpTokens: 'required' });
    bed.state.patchInstance(ref('web-1'), { metadataOptions: { httpPutResponseHopLimit: 9 } });
    const { metadataOptions } = (await bed.read('web-1')) ?? {};
    expect(metadataOptions).toMatchObject({ state: 'applied', httpTokens: 'required', httpPutResponseHopLimit: 9 });
  });

  it('can be held in pending, and can lose a field or all of their options', async () => {
    const bed = await openTestBed();
    bed.state.patchInstance(ref('web-1'), { metadataOptions: { state: 'pending' } });
    bed.advance(1e9);
    expect((await bed.read('web-1'))?.metadataOptions?.state).toBe('pending');
    bed.state.patchInstance(ref('web-1'), { metadataOptions: { httpTokens: null } });
    expect((await bed.read('web-1'))?.metadataOptions).toEqual({
      state: 'applied',
      httpEndpoint: 'enabled',
      httpPutResponseHopLimit: 1,
    });
    await callControl(bed, 'PATCH', WEB_1, { metadataOptions: null });
    expect(await bed.read('web-1')).not.toHaveProperty('metadataOptions');
    expect(bed.state.instance(ref('web-1'))?.metadataOptions).toBeNull();
    await bed.update({ httpTokens: 'required' });
    expect((await bed.read('web-1'))?.metadataOptions).toMatchObject({
      httpTokens: 'required',
      httpEndpoint: 'enabled',
    });
  });

  it('that reuse a name get a new ARN, a new date and the default options', async () => {
    const bed = await openTestBed();
    await bed.update({ httpTokens: 'required' });
    const before = bed.state.instance(ref('web-1'));
    expect((await callControl(bed, 'DELETE', WEB_1)).status).toBe(200);
    await expect(bed.read('web-1')).rejects.toMatchObject({ name: 'NotFoundException' });
    const { status, json } = await callControl(bed, 'POST', 'instances', ref('web-1'));
    expect(status).toBe(201);
    expect(json).toMatchObject({ name: 'web-1', createdAt: '2026-06-01T00:00:00.000Z' });
    expect(json).not.toMatchObject({ arn: before?.arn });
    expect((await bed.read('web-1'))?.metadataOptions?.httpTokens).toBe('optional');
  });

  it('that are unknown can neither be changed nor deleted', async () => {
    const bed = await openTestBed();
    const path = `instances/${ACCOUNT}/${REGION}/no-one`;
    for (const [method, body] of [['GET'], ['DELETE'], ['PATCH', {}]] as const) {
      const { status, json } = await callControl(bed, method, path, body);
      expect(status).toBe(404);
      expect(json).toMatchObject({ error: { type: 'UnknownInstance', message: expect.stringContaining('no-one') } });
    }
    expect(() => bed.state.deleteInstance(ref('no-one'))).toThrow(UnknownInstanceError);
  });
});

describe('calls', () => {
  it('are logged in order with input, effect, status and error, filtered by operation, and forgotten', async () => {
    const bed = await openTestBed({
      faults: [{ operation: 'UpdateInstanceMetadataOptions', effect: { drop: true } }],
    });
    await bed.read('web-1');
    bed.advance(5);
    await bed.update({ httpTokens: 'required' }).catch(() => undefined);
    await bed.read('no-one').catch(() => undefined);
    const at = Date.UTC(2026, 5, 1);
    const shared = { account: ACCOUNT, region: REGION };
    const read = { ...shared, at, operation: 'GetInstance', instanceName: 'web-1', input: { instanceName: 'web-1' } };
    const dropped = {
      ...shared,
      at: at + 5,
      operation: 'UpdateInstanceMetadataOptions',
      instanceName: 'web-1',
      input: { instanceName: 'web-1', httpTokens: 'required' },
      effect: 'drop',
      status: null,
      error: null,
    };
    expect((await callControl(bed, 'GET', 'calls')).json).toEqual([
      { ...read, effect: null, status: 200, error: null },
      dropped,
      {
        ...read,
        at: at + 5,
        instanceName: 'no-one',
        input: { instanceName: 'no-one' },
        effect: null,
        status: 400,
        error: 'NotFoundException',
      },
    ]);
    const filtered = await callControl(bed, 'GET', 'calls?operation=UpdateInstanceMetadataOptions');
    expect(filtered.json).toEqual([dropped]);
    expect(await callControl(bed, 'DELETE', 'calls')).toEqual({ status: 200, json: {} });
    expect(bed.state.calls()).toEqual([]);
  });

  it('of an unknown access key are logged without an account', async () => {
    const bed = await openTestBed();
    const client = bed.client(REGION, 'AKIANOBODY0000000000');
    await client.send(new GetInstancesCommand({})).catch(() => undefined);
    expect(bed.state.calls()).toMatchObject([
      { account: null, region: REGION, instanceName: null, error: 'UnrecognizedClientException' },
    ]);
  });

  it('to the control interface are not logged', async () => {
    const bed = await openTestBed();
    await callControl(bed, 'GET', 'instances');
    expect(bed.state.calls()).toEqual([]);
  });
});

describe('faults', () => {
  it('are added behind the others, and all cleared', async () => {
    const bed = await openTestBed();
    const fault = { operation: 'GetInstance', effect: { error: 'ServiceException' } };
    expect(await callControl(bed, 'POST', 'faults', fault)).toEqual({ status: 200, json: {} });
    await expect(bed.read('web-1')).rejects.toMatchObject({ name: 'ServiceException' });
    await callControl(bed, 'DELETE', 'faults');
    expect((await bed.read('web-1'))?.name).toBe('web-1');
  });
});
