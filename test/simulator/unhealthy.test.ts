import { GetInstanceCommand } from '@aws-sdk/client-lightsail';
import { describe, expect, it } from 'vitest';
import type { FaultInput, ScenarioInput } from '../../src/simulator/index.js';
import { fleet, openTestBed, ref, type TestBed } from './support.js';

const REQUIRED = { httpTokens: 'required' } as const;
const OPTIONAL = { httpTokens: 'optional' } as const;
const STARTED = Date.UTC(2026, 5, 1);

/** A simulator in which the first update harms its instance; updates take half a second. */
function openHarmed(scenario: ScenarioInput = {}, fault: Partial<FaultInput> = { times: 1 }): Promise<TestBed> {
  const faults = [{ ...fault, effect: { unhealthy: true } } satisfies FaultInput, ...(scenario.faults ?? [])];
  return openTestBed({ pending: { min: 500, max: 500 }, ...scenario, faults });
}

async function isHealthy(bed: TestBed): Promise<boolean> {
  const request = { instanceName: 'web-1', includeHealthStatus: true };
  const { instance } = await bed.client().send(new GetInstanceCommand(request));
  expect(instance?.systemStatus?.status).toBe('ok');
  const healthy = instance?.instanceStatus?.status === 'ok';
  expect(bed.state.instance(ref('web-1'))?.healthy).toBe(healthy);
  return healthy;
}

/** Updates web-1 and waits until that is applied. */
async function change(bed: TestBed, input: Parameters<TestBed['update']>[0]): Promise<boolean> {
  await bed.update(input);
  bed.advance(500);
  return isHealthy(bed);
}

describe('a change that is struck by unhealthy', () => {
  it('makes the checks fail from when it is applied, and tells since when', async () => {
    const bed = await openHarmed();
    await bed.update(REQUIRED);
    bed.advance(499);
    expect(await isHealthy(bed)).toBe(true);
    bed.advance(1);
    expect(await isHealthy(bed)).toBe(false);
    bed.advance(86_400_000);
    const request = { instanceName: 'web-1', includeHealthStatus: true };
    const { instance } = await bed.client().send(new GetInstanceCommand(request));
    expect(instance?.instanceStatus).toEqual({
      status: 'impaired',
      details: [{ name: 'reachability', status: 'failed', impairedSince: new Date(STARTED + 500) }],
    });
  });

  it('makes them fail later when told so', async () => {
    const bed = await openTestBed({ faults: [{ effect: { unhealthy: { afterMs: 1000 } } }] });
    await bed.update(REQUIRED);
    bed.advance(999);
    expect(await isHealthy(bed)).toBe(true);
    bed.advance(1);
    expect(await isHealthy(bed)).toBe(false);
    await bed.update(OPTIONAL);
    expect(await isHealthy(bed)).toBe(true);
  });

  it('harms the instances that the fault selects, and no others', async () => {
    const bed = await openHarmed({}, { instance: 'web-1?' });
    for (const { name } of bed.state.instances()) await bed.update({ ...REQUIRED, instanceName: name });
    bed.advance(500);
    const harmed = bed.state.instances().filter(({ healthy }) => !healthy);
    expect(harmed.map(({ name }) => name)).toEqual(['web-10']);
  });

  it('harms nothing when it alters nothing', async () => {
    const bed = await openHarmed();
    expect(await change(bed, OPTIONAL)).toBe(true);
  });

  it('leaves stale reads of the options stale, but not those of health', async () => {
    const bed = await openHarmed({ stale: 9000 });
    expect(await change(bed, REQUIRED)).toBe(false);
    expect((await bed.read('web-1'))?.metadataOptions?.httpTokens).toBe('optional');
  });
});

describe('a restore', () => {
  it('heals when it is applied, not before', async () => {
    const bed = await openHarmed();
    await change(bed, REQUIRED);
    await bed.update(OPTIONAL);
    bed.advance(499);
    expect(await isHealthy(bed)).toBe(false);
    bed.advance(1);
    expect(await isHealthy(bed)).toBe(true);
  });

  it('heals although the fault strikes it too, and the change harms again when it is made again', async () => {
    const bed = await openHarmed({}, {});
    const healths: boolean[] = [];
    for (const input of [REQUIRED, OPTIONAL, REQUIRED, OPTIONAL]) healths.push(await change(bed, input));
    expect(healths).toEqual([false, true, false, true]);
    expect(bed.state.calls({ operation: 'UpdateInstanceMetadataOptions' })).toHaveLength(4);
    expect(bed.state.calls().filter(({ effect }) => effect === 'unhealthy')).toHaveLength(4);
  });

  it('heals when the fields that the change altered are back, whatever became of the others', async () => {
    const bed = await openHarmed();
    expect(await change(bed, REQUIRED)).toBe(false);
    expect(await change(bed, { ...REQUIRED, httpPutResponseHopLimit: 5 })).toBe(false);
    expect(await change(bed, { ...OPTIONAL, httpPutResponseHopLimit: 5 })).toBe(true);
  });

  it('of some of the fields that the change altered heals nothing', async () => {
    const bed = await openHarmed();
    expect(await change(bed, { ...REQUIRED, httpPutResponseHopLimit: 2 })).toBe(false);
    expect(await change(bed, { ...REQUIRED, httpPutResponseHopLimit: 1 })).toBe(false);
    expect(await change(bed, { ...OPTIONAL, httpPutResponseHopLimit: 1 })).toBe(true);
  });

  it('to options that replies left out heals too', async () => {
    const bed = await openHarmed({ fleet: [fleet({ options: null })] });
    expect(await change(bed, REQUIRED)).toBe(false);
    bed.state.patchInstance(ref('web-1'), { metadataOptions: null });
    expect(await isHealthy(bed)).toBe(true);
  });

  it('behind the back of a rollout heals at once', async () => {
    const bed = await openHarmed();
    await change(bed, REQUIRED);
    bed.state.patchInstance(ref('web-1'), { metadataOptions: OPTIONAL });
    expect(await isHealthy(bed)).toBe(true);
  });

  it('that stays pending does not heal', async () => {
    const bed = await openHarmed({ faults: [{ effect: { stuckPending: true } }] });
    await change(bed, REQUIRED);
    await bed.update(OPTIONAL);
    bed.advance(86_400_000);
    expect(await isHealthy(bed)).toBe(false);
  });

  it('of one of two harmful changes leaves the harm of the other', async () => {
    const bed = await openHarmed({}, { times: 2 });
    expect(await change(bed, REQUIRED)).toBe(false);
    expect(await change(bed, { ...REQUIRED, httpPutResponseHopLimit: 2 })).toBe(false);
    expect(await change(bed, { ...OPTIONAL, httpPutResponseHopLimit: 2 })).toBe(false);
    expect(await change(bed, { ...OPTIONAL, httpPutResponseHopLimit: 1 })).toBe(true);
  });
});

describe('an update that supersedes', () => {
  it('a harmful change that is pending harms once it is applied itself', async () => {
    const bed = await openHarmed();
    await bed.update(REQUIRED);
    bed.advance(400);
    await bed.update({ ...REQUIRED, httpPutResponseHopLimit: 2 });
    bed.advance(499);
    expect(await isHealthy(bed)).toBe(true);
    bed.advance(1);
    expect(await isHealthy(bed)).toBe(false);
  });

  it('a harmful change that is pending by a restore does no harm at all', async () => {
    const bed = await openHarmed();
    await bed.update(REQUIRED);
    bed.advance(400);
    await bed.update(OPTIONAL);
    for (let elapsed = 0; elapsed < 1000; elapsed += 100) {
      bed.advance(100);
      expect(await isHealthy(bed)).toBe(true);
    }
    expect(await change(bed, REQUIRED)).toBe(true);
  });

  it('a restore that is pending keeps the harm', async () => {
    const bed = await openHarmed();
    await change(bed, REQUIRED);
    await bed.update(OPTIONAL);
    bed.advance(400);
    expect(await change(bed, REQUIRED)).toBe(false);
    bed.advance(10_000);
    expect(await isHealthy(bed)).toBe(false);
  });

  it('a restore by the same restore heals when that one is applied', async () => {
    const bed = await openHarmed();
    await change(bed, REQUIRED);
    await bed.update(OPTIONAL);
    bed.advance(400);
    await bed.update(OPTIONAL);
    bed.advance(400);
    expect(await isHealthy(bed)).toBe(false);
    bed.advance(100);
    expect(await isHealthy(bed)).toBe(true);
  });

  it('a restore, and reverts to it, heals when it reverts', async () => {
    const bed = await openHarmed({ faults: [{ after: 1, effect: { revertAfterMs: 1000 } }] });
    await change(bed, REQUIRED);
    await bed.update(OPTIONAL);
    expect(await change(bed, REQUIRED)).toBe(false);
    bed.advance(999);
    expect(await isHealthy(bed)).toBe(false);
    bed.advance(1);
    expect(await isHealthy(bed)).toBe(true);
  });
});

describe('health set to healthy', () => {
  it.each([0, 500])('ends the harm of a change %i ms after it was asked for', async (ms) => {
    const bed = await openHarmed();
    await bed.update(REQUIRED);
    bed.advance(ms);
    bed.state.patchInstance(ref('web-1'), { healthy: true });
    bed.advance(1000);
    expect(await isHealthy(bed)).toBe(true);
  });

  it('is ended by the next harmful change', async () => {
    const bed = await openHarmed();
    bed.state.patchInstance(ref('web-1'), { healthy: true });
    expect(await change(bed, REQUIRED)).toBe(false);
  });
});
