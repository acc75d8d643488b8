import { GetInstanceCommand, GetInstancesCommand, type Instance } from '@aws-sdk/client-lightsail';
import { describe, expect, it } from 'vitest';
import type { NewInstanceInput } from '../../src/simulator/index.js';
import { ACCOUNT, callControl, fleet, openTestBed, REGION, ref, type TestBed } from './support.js';

const CREATED_AT = new Date('2025-01-01T00:00:00Z');
const OK = { status: 'ok', details: [{ name: 'reachability', status: 'passed' }] };
const INITIALIZING = { status: 'initializing', details: [{ name: 'reachability', status: 'initializing' }] };
const NOT_APPLICABLE = { status: 'not-applicable', details: [] };

function impairedSince(since: Date) {
  return { status: 'impaired', details: [{ name: 'reachability', status: 'failed', impairedSince: since }] };
}

async function healthOf(bed: TestBed, instanceName = 'web-1') {
  const reply = await bed.client().send(new GetInstanceCommand({ instanceName, includeHealthStatus: true }));
  return statusesOf(reply.instance);
}

function statusesOf(instance: Instance | undefined) {
  return { instanceStatus: instance?.instanceStatus, systemStatus: instance?.systemStatus };
}

const CASES: [NewInstanceInput['state'], boolean, object, object, number][] = [
  ['running', true, OK, OK, 200],
  ['running', false, impairedSince(CREATED_AT), OK, 503],
  ['pending', true, INITIALIZING, INITIALIZING, 503],
  ['pending', false, INITIALIZING, INITIALIZING, 503],
  ['stopping', true, NOT_APPLICABLE, NOT_APPLICABLE, 503],
  ['stopped', true, NOT_APPLICABLE, NOT_APPLICABLE, 503],
  ['stopped', false, NOT_APPLICABLE, NOT_APPLICABLE, 503],
  ['shutting-down', true, NOT_APPLICABLE, NOT_APPLICABLE, 503],
  ['terminated', true, NOT_APPLICABLE, NOT_APPLICABLE, 503],
];

describe.each(CASES)('an instance that is %s with healthy %s', (state, healthy, instanceStatus, systemStatus, http) => {
  it('says so to GetInstance, to GetInstances, to the control interface and to an HTTP probe', async () => {
    const bed = await openTestBed({ fleet: [fleet({ count: 1, state, healthy })] });
    expect(await healthOf(bed)).toEqual({ instanceStatus, systemStatus });
    const { instances } = await bed.client().send(new GetInstancesCommand({ includeHealthStatus: true }));
    expect(instances?.map(statusesOf)).toEqual([{ instanceStatus, systemStatus }]);
    expect(bed.state.instances()).toMatchObject([{ state, healthy }]);
    expect(await callControl(bed, 'GET', `http/${ACCOUNT}/${REGION}/web-1`)).toEqual({
      status: http,
      json: { state, healthy },
    });
  });
});

describe('includeHealthStatus', () => {
  it.each([undefined, false])('%s leaves the statuses out', async (includeHealthStatus) => {
    const bed = await openTestBed({ fleet: [fleet({ healthy: false })] });
    const one = await bed.client().send(new GetInstanceCommand({ instanceName: 'web-1', includeHealthStatus }));
    const many = await bed.client().send(new GetInstancesCommand({ includeHealthStatus }));
    for (const instance of [one.instance, ...(many.instances ?? [])]) {
      expect(instance).toHaveProperty('name');
      expect(instance).not.toHaveProperty('instanceStatus');
      expect(instance).not.toHaveProperty('systemStatus');
    }
  });

  it('gives the status of every instance on every page', async () => {
    const bed = await openTestBed({ fleet: [fleet({ count: 45 })] });
    for (const name of ['web-3', 'web-44']) bed.state.patchInstance(ref(name), { healthy: false });
    const client = bed.client();
    const statuses = new Map<string | undefined, string | undefined>();
    const sizes: number[] = [];
    let pageToken: string | undefined;
    do {
      const page = await client.send(new GetInstancesCommand({ pageToken, includeHealthStatus: true }));
      for (const { name, instanceStatus } of page.instances ?? []) statuses.set(name, instanceStatus?.status);
      sizes.push(page.instances?.length ?? 0);
      pageToken = page.nextPageToken;
    } while (pageToken !== undefined);
    expect(sizes).toEqual([20, 20, 5]);
    const impaired = [...statuses].filter(([, status]) => status !== 'ok');
    expect(impaired).toEqual([
      ['web-3', 'impaired'],
      ['web-44', 'impaired'],
    ]);
  });
});

describe('health that is set through the control interface', () => {
  const path = `instances/${ACCOUNT}/${REGION}/web-1`;

  it('fails from when it is set until it is set back, and on no other instance', async () => {
    const bed = await openTestBed();
    bed.advance(1500);
    expect((await callControl(bed, 'PATCH', path, { healthy: false })).json).toMatchObject({ healthy: false });
    bed.advance(60_000);
    await callControl(bed, 'PATCH', path, { healthy: false });
    const since = new Date('2026-06-01T00:00:01.500Z');
    expect(await healthOf(bed)).toEqual({ instanceStatus: impairedSince(since), systemStatus: OK });
    expect(await healthOf(bed, 'web-2')).toEqual({ instanceStatus: OK, systemStatus: OK });
    expect((await callControl(bed, 'PATCH', path, { healthy: true })).json).toMatchObject({ healthy: true });
    expect(await healthOf(bed)).toEqual({ instanceStatus: OK, systemStatus: OK });
  });

  it('stays as it is when other things are patched or options updated', async () => {
    const bed = await openTestBed();
    bed.state.patchInstance(ref('web-1'), { healthy: false });
    bed.state.patchInstance(ref('web-1'), { tags: { a: 'b' }, metadataOptions: { httpTokens: 'required' } });
    await bed.update({ httpTokens: 'optional' });
    expect(bed.state.instance(ref('web-1'))?.healthy).toBe(false);
  });

  it('is given to a new instance, which fails from its creation', async () => {
    const bed = await openTestBed();
    bed.advance(1000);
    const { json } = await callControl(bed, 'POST', 'instances', { ...ref('new-1'), healthy: false });
    expect(json).toMatchObject({ name: 'new-1', healthy: false });
    bed.advance(1000);
    const { instanceStatus } = await healthOf(bed, 'new-1');
    expect(instanceStatus).toEqual(impairedSince(new Date('2026-06-01T00:00:01Z')));
  });

  it('shows again when an instance that was stopped runs', async () => {
    const bed = await openTestBed({ fleet: [fleet({ state: 'stopped', healthy: false })] });
    bed.state.patchInstance(ref('web-1'), { state: 'running' });
    expect((await healthOf(bed)).instanceStatus).toEqual(impairedSince(CREATED_AT));
  });
});

it('an HTTP probe is neither logged as a call nor struck by faults', async () => {
  const bed = await openTestBed({ faults: [{ effect: { error: 'ServiceException' } }] });
  expect((await callControl(bed, 'GET', `http/${ACCOUNT}/${REGION}/web-1`)).status).toBe(200);
  expect(bed.state.calls()).toEqual([]);
});
